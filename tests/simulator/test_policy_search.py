"""Searching all policies."""

from __future__ import annotations

from typing import Any

import pytest

from simulator import Simulator
from simulator.company import Company
from tests.simulator.client import Google, message

CRM = "//cloudresourcemanager.googleapis.com"
ADDRESS = "/v1/organizations/7:searchAllIamPolicies"
PROJECT = "cloudresourcemanager.googleapis.com/Project"
TIMED = 'request.time < timestamp("2026-01-01T00:00:00Z")'


@pytest.fixture
def company() -> Company:
    """Three projects in two folders, one binding of each kind."""
    made = Company()
    made.add_folder("10", parent="organizations/7")
    made.add_folder("11", parent="folders/10")
    made.add_project("shop", parent="folders/11", number="501")
    made.add_project("bank", parent="folders/10", number="502")
    made.add_project("bare", number="503")
    made.bind("shop", "roles/compute.admin", ["user:amy.2020@example.com", "group:sre@example.com"])
    made.bind("shop", "roles/compute.viewer", "user:bob@example.com", TIMED, title="Unusual")
    made.bind("bank", "roles/compute.admin", "serviceAccount:x@y.iam.gserviceaccount.com")
    made.bind("folders/10", "roles/browser", "user:bob@example.com")
    return made


@pytest.fixture
def sim(company: Company) -> Any:
    with Simulator(company) as running:
        yield running


def search(google: Google, query: str = "", **more: Any) -> list[dict[str, Any]]:
    status, body = google.get(ADDRESS, query=query, **more)
    assert status == 200, body
    return list(body.get("results", []))


def hits(google: Google, query: str, **more: Any) -> list[str]:
    """Return resource and roles."""
    return [
        f"{found['resource'].removeprefix(CRM + '/')} {binding['role']}"
        for found in search(google, query, **more)
        for binding in found["policy"]["bindings"]
    ]


SHOP_ADMIN, SHOP_VIEWER = "projects/shop roles/compute.admin", "projects/shop roles/compute.viewer"
BANK_ADMIN, FOLDER = "projects/bank roles/compute.admin", "folders/10 roles/browser"
ALL = [FOLDER, BANK_ADMIN, SHOP_ADMIN, SHOP_VIEWER]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ALL),
        ("policy:amy.2020@example.com", [SHOP_ADMIN]),
        ("policy:AMY-2020@EXAMPLE.com", [SHOP_ADMIN]),
        ("policy:user:amy", [SHOP_ADMIN]),
        ("policy:2020.amy", []),
        ("policy:am", []),
        ("policy:am*", [SHOP_ADMIN]),
        ("policy:roles/compute.admin", [BANK_ADMIN, SHOP_ADMIN]),
        ("roles:compute", [BANK_ADMIN, SHOP_ADMIN, SHOP_VIEWER]),
        ("roles=roles/compute.viewer", [SHOP_VIEWER]),
        ("roles=compute.viewer", []),
        ('policy:"request.time < timestamp"', [SHOP_VIEWER]),
        ("policy:request.time", [SHOP_VIEWER]),
        ("policy:Unusual", []),
        ("policy:bob policy:request.time", [SHOP_VIEWER]),
        ("policy:bob AND resource:folders", [FOLDER]),
        ("policy:bob NOT policy:timestamp", [FOLDER]),
        ("policy:(amy OR bob)", [FOLDER, SHOP_ADMIN, SHOP_VIEWER]),
        ("policy:amy OR roles:browser", [FOLDER, SHOP_ADMIN]),
        ("(policy:amy OR policy:bob) project:501", [SHOP_ADMIN, SHOP_VIEWER]),
        ("memberTypes:serviceAccount", [BANK_ADMIN]),
        ("amy", [SHOP_ADMIN]),
        ("folders:11", [SHOP_ADMIN, SHOP_VIEWER]),
        (f"resource={CRM}/projects/bank", [BANK_ADMIN]),
    ],
)
def test_only_matching_bindings_come_back(google: Google, query: str, found: list[str]) -> None:
    assert hits(google, query) == found


def test_a_result_says_what_it_belongs_to(google: Google) -> None:
    (found,) = search(google, "policy:timestamp")
    assert found == {
        "resource": f"{CRM}/projects/shop",
        "assetType": PROJECT,
        "project": "projects/501",
        "folders": ["folders/11", "folders/10"],
        "organization": "organizations/7",
        "policy": {
            "bindings": [
                {
                    "role": "roles/compute.viewer",
                    "members": ["user:bob@example.com"],
                    "condition": {"title": "Unusual", "expression": TIMED},
                }
            ]
        },
    }
    (folder,) = search(google, "roles:browser")
    assert "project" not in folder
    assert "folders" in folder


@pytest.mark.parametrize(
    ("kinds", "found"),
    [
        ([PROJECT], ALL[1:]),
        ([".*/Folder", ".*/Organization"], [FOLDER]),
        (["cloudresourcemanager.*"], ALL),
    ],
)
def test_asset_types_are_patterns(google: Google, kinds: list[str], found: list[str]) -> None:
    assert hits(google, "", assetTypes=kinds) == found


@pytest.mark.parametrize("kind", ["Project", PROJECT[:-1], "(", "planets.googleapis.com/Planet"])
def test_an_unknown_asset_type_is_400(google: Google, kind: str) -> None:
    assert google.get(ADDRESS, assetTypes=kind)[0] == 400


def test_the_scope_bounds_the_search(google: Google) -> None:
    _, body = google.get("/v1/folders/11:searchAllIamPolicies")
    assert [found["resource"] for found in body["results"]] == [f"{CRM}/projects/shop"]
    assert google.get("/v1/organizations/8:searchAllIamPolicies")[0] == 403
    assert google.get("/v1/planets/8:searchAllIamPolicies")[0] == 400


def test_hidden_projects_are_not_found(company: Company, google: Google) -> None:
    company.resource("shop").visible = False
    assert hits(google, "roles:compute") == [BANK_ADMIN]


def test_pages_are_short_or_empty_when_asked(sim: Simulator, google: Google) -> None:
    sim.page_size, sim.empty_pages = 2, True
    sizes, seen, token = [], [], None
    while token != "":
        _, body = google.get(ADDRESS, pageSize=400, **({"pageToken": token} if token else {}))
        page, token = body.get("results", []), body.get("nextPageToken", "")
        sizes.append(len(page))
        seen += [found["resource"] for found in page]
    assert sizes == [0, 2, 0, 1]
    assert len(set(seen)) == 3


def test_a_page_holds_five_hundred_at_most(company: Company, google: Google) -> None:
    for number in range(501):
        company.add_project(f"p{number}")
        company.bind(f"p{number}", "roles/browser", "user:amy@example.com")
    assert len(search(google, pageSize=9999)) == 500
    assert len(search(google, pageSize=0)) == 100
    assert len(search(google, pageSize=-1)) == 100


def test_a_lag_hides_recent_writes(sim: Simulator, google: Google) -> None:
    google.add({"role": "roles/browser", "members": ["domain:example.com"]}, "projects/shop")
    assert hits(google, "memberTypes:domain")
    sim.asset_lag = 3600
    assert hits(google, "memberTypes:domain") == []


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("policy=amy", "only be used with ':'"),
        ("colour:red", "field 'colour' is not searchable"),
        ("policy:(amy", "missing ')'"),
        ("amy )", "unexpected ')'"),
        ("policy:", "is missing"),
        ("amy OR", "is missing"),
        ('policy:"amy', "does not end"),
        ("policy:/", "nothing to search for"),
        (" ".join(["a"] * 11), "more than 10 comparisons"),
        ("a" * 2049, "more than 2048 characters"),
    ],
)
def test_an_invalid_query_is_400(google: Google, query: str, words: str) -> None:
    answer = google.get(ADDRESS, query=query)
    assert answer[0] == 400
    assert words in message(answer)


def test_ten_comparisons_are_fine(google: Google) -> None:
    assert hits(google, f"policy:({' OR '.join(['bob'] * 10)})") == [FOLDER, SHOP_VIEWER]
