"""Searching and reading projects."""

import time

import pytest

from simulator import Simulator, large_company
from tests.simulator.client import Google, message


def found(google: Google, query: str = "") -> list[str]:
    status, body = google.get("/v3/projects:search", query=query)
    assert status == 200, body
    return sorted(project["projectId"] for project in body.get("projects", []))


def test_without_a_query_all_visible_projects_are_found(sim: Simulator, google: Google) -> None:
    sim.company.add_project("hidden", visible=False)
    assert found(google) == [
        "billing-prod",
        "data-lake",
        "example.com:legacy-crm",
        "jit-access-host",
        "payroll",
        "retired-blog",
        "shop-prod",
        "shop-staging",
    ]


@pytest.mark.parametrize(
    ("query", "projects"),
    [
        ("state:DELETE_REQUESTED", ["retired-blog"]),
        ("projectId:shop-prod", ["shop-prod"]),
        ("id:SHOP-*", ["shop-prod", "shop-staging"]),
        ("projectId=payroll", ["payroll"]),
        ("name:how*", []),
        ("displayName:data*", ["data-lake"]),
        ("parent:folders/20", ["billing-prod", "payroll"]),
        ("parent.type:organization", ["example.com:legacy-crm", "jit-access-host"]),
        ("parent.id:12", ["shop-prod", "shop-staging"]),
        ("labels.env:staging", ["shop-staging"]),
        ("labels.env:*", ["billing-prod", "shop-prod", "shop-staging"]),
        ("labels:staging", ["shop-staging"]),
        ("id:payroll labels.env:staging", ["payroll", "shop-staging"]),
        ('id:"payroll"', ["payroll"]),
        ("id:example.com:*", ["example.com:legacy-crm"]),
    ],
)
def test_queries_match_any_of_their_fields(google: Google, query: str, projects: list[str]) -> None:
    assert found(google, query) == projects


@pytest.mark.parametrize("query", ["payroll", "planet:mars", "id:"])
def test_what_is_no_query_is_refused(google: Google, query: str) -> None:
    assert google.get("/v3/projects:search", query=query)[0] == 400


def test_pages_follow_their_tokens(sim: Simulator, google: Google) -> None:
    sim.page_size = 3
    sizes, token = [], ""
    for _ in range(20):
        _, body = google.get("/v3/projects:search", pageToken=token)
        sizes.append(len(body.get("projects", [])))
        if not (token := body.get("nextPageToken", "")):
            break
    assert sizes == [3, 3, 2]


def test_empty_pages_come_with_a_token(sim: Simulator, google: Google) -> None:
    sim.page_size, sim.empty_pages = 5, True
    _, empty = google.get("/v3/projects:search")
    assert list(empty) == ["nextPageToken"]
    _, full = google.get("/v3/projects:search", pageToken=empty["nextPageToken"])
    assert len(full["projects"]) == 5
    _, again_empty = google.get("/v3/projects:search", pageToken=full["nextPageToken"])
    assert list(again_empty) == ["nextPageToken"]


@pytest.mark.parametrize("token", ["garbage", "cGFnZT54"])
def test_a_made_up_page_token_is_refused(google: Google, token: str) -> None:
    answer = google.get("/v3/projects:search", pageToken=token)
    assert answer[0] == 400
    assert message(answer) == "Invalid page token."


def test_a_project_is_printed_with_its_number_as_name(google: Google) -> None:
    by_id = google.get("/v3/projects/shop-prod")
    assert by_id == google.get("/v3/projects/200000000001")
    project = by_id[1]
    assert (project["name"], project["projectId"]) == ("projects/200000000001", "shop-prod")
    assert project["labels"] == {"env": "prod"}


def test_an_unknown_project_is_403(sim: Simulator, google: Google) -> None:
    sim.company.add_project("hidden", visible=False)
    assert google.get("/v3/projects/hidden")[0] == google.get("/v3/projects/mars")[0] == 403


def test_fifty_thousand_projects_come_in_pages_of_at_most_a_thousand() -> None:
    with Simulator(large_company(50_000)) as sim:
        google = Google(sim)
        started = time.monotonic()
        _, body = google.get("/v3/projects:search", query="state:ACTIVE", pageSize="5000")
        assert len(body["projects"]) == 1000
        token = body["nextPageToken"]
        _, body = google.get("/v3/projects:search", query="state:ACTIVE", pageToken=token)
        assert len(body["projects"]) == 500
        assert time.monotonic() - started < 5
        assert found(google, "id:ads-00040-*") == ["ads-00040-dev"]
        google.http.clear()
