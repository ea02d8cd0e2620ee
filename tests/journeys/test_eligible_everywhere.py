"""The list of all roles that a person may activate in all projects, from the index."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest

from eligibility.models import Refresh
from simulator import Simulator
from tests.activations.pages.reading import Page
from tests.conftest import PersonClient
from tests.eligibility.indexed_world import index_of
from tests.journeys.shop import COMPUTE, PROJECT, ROLES, activate, status_of
from tests.moments import now

pytestmark = pytest.mark.one_database


ELIGIBLE = "/api/eligible"


@pytest.fixture
def indexed(simulated: Simulator, db: None) -> Refresh:
    return index_of(simulated.company, now())


def ids(person: PersonClient, **params: str) -> list[str]:
    return [row["id"] for row in person.api_get(ELIGIBLE, **params).json()["eligible"]]


def test_the_list_equals_the_lists_of_all_projects_read_from_google(
    alice: PersonClient, simulated: Simulator
) -> None:
    live = [
        row["id"]
        for project in alice.api_get("/api/projects").json()["projects"]
        for row in alice.api_get(f"/api/projects/{project}/roles").json()["entitlements"]
    ]
    index_of(simulated.company, now())
    assert live
    assert ids(alice, pageSize="200") == sorted(live)


@pytest.mark.usefixtures("indexed")
def test_charlie_sees_nothing(charlie: PersonClient) -> None:
    answer = charlie.api_get(ELIGIBLE).json()
    assert answer["eligible"] == []
    assert answer["indexedAt"] is not None
    assert charlie.api_get("/api/projects").json()["projects"] == []


def test_projects_have_name_number_and_number_of_roles(
    alice: PersonClient, indexed: Refresh
) -> None:
    answer = alice.api_get("/api/projects").json()
    shop = next(one for one in answer["details"] if one["projectId"] == PROJECT)
    roles = alice.api_get(ROLES).json()["entitlements"]
    assert shop == {
        "projectId": PROJECT,
        "name": "Shop (production)",
        "number": "200000000001",
        "eligibleRoles": len(roles),
    }
    assert answer["indexedAt"] == int(indexed.started_at.timestamp())
    assert answer["projects"] == [one["projectId"] for one in answer["details"]]


def test_without_an_index_projects_are_listed_as_before(alice: PersonClient) -> None:
    answer = alice.api_get("/api/projects").json()
    assert "payroll" in answer["projects"]
    assert answer["details"] == []
    assert answer["indexedAt"] is None
    assert alice.api_get(ELIGIBLE).json() == {
        "eligible": [],
        "nextPageToken": None,
        "indexedAt": None,
    }


def test_an_index_older_than_a_day_is_not_served(alice: PersonClient, indexed: Refresh) -> None:
    Refresh.objects.update(started_at=now() - timedelta(days=1, minutes=1))
    assert alice.api_get(ELIGIBLE).json()["indexedAt"] is None
    assert "payroll" in alice.api_get("/api/projects").json()["projects"]


@pytest.mark.usefixtures("indexed")
def test_each_row_names_the_resource_of_the_binding_and_the_groups(
    alice: PersonClient, simulated: Simulator
) -> None:
    row = next(
        row
        for row in alice.api_get(ELIGIBLE, pageSize="200").json()["eligible"]
        if row["attachedTo"].startswith("folders/") and len(row["via"]) > 1
    )
    assert row["via"][0] == "user:alice@example.com"
    assert all(name.startswith("group:") for name in row["via"][1:])
    policy = simulated.company.policy(row["attachedTo"])
    assert any(row["via"][-1] in binding["members"] for binding in policy["bindings"])


@pytest.mark.usefixtures("indexed")
def test_states_are_those_of_the_project_page(alice: PersonClient) -> None:
    activate(alice, COMPUTE)
    rows = alice.api_get(ELIGIBLE, project=PROJECT, pageSize="200").json()["eligible"]
    row = next(row for row in rows if row["id"] == COMPUTE)
    assert row["status"] == "ACTIVE" == status_of(alice, COMPUTE)
    assert row["validUntil"] is not None


@pytest.mark.usefixtures("indexed")
def test_pages_contain_every_row_once(alice: PersonClient) -> None:
    everything, token, seen = ids(alice, pageSize="200"), "", []
    while True:
        answer = alice.api_get(ELIGIBLE, pageSize="3", pageToken=token).json()
        seen += [row["id"] for row in answer["eligible"]]
        token = answer["nextPageToken"]
        if token is None:
            break
    assert seen == everything == sorted(everything)
    assert len(everything) > 3


@pytest.mark.usefixtures("indexed")
@pytest.mark.parametrize(
    ("query", "project"),
    [("SHOP-PR", "shop-prod"), ("(production)", "shop-prod"), ("Compute.Admin", "shop-prod")],
)
def test_a_query_finds_projects_and_roles_in_any_case(
    alice: PersonClient, query: str, project: str
) -> None:
    found = ids(alice, query=query, pageSize="200")
    assert any(role.startswith(project) for role in found)
    assert len(found) < len(ids(alice, pageSize="200"))


@pytest.mark.usefixtures("indexed")
@pytest.mark.parametrize(
    "params",
    [
        {"pageSize": "0"},
        {"pageSize": "-1"},
        {"pageSize": "ten"},
        {"pageToken": "no token"},
        {"pageToken": base64.urlsafe_b64encode(b"nothing").decode()},
        {"pageToken": "é"},
        {"project": "200000000001"},
        {"project": "no project!"},
    ],
)
def test_malformed_parameters_are_400(alice: PersonClient, params: dict[str, str]) -> None:
    answer = alice.api_get(ELIGIBLE, **params)
    assert answer.status_code == 400
    assert answer.json()["message"]


@pytest.mark.usefixtures("indexed")
def test_a_page_size_beyond_the_limit_is_cut(alice: PersonClient) -> None:
    assert ids(alice, pageSize="5000") == ids(alice, pageSize="200")


@pytest.mark.usefixtures("indexed")
@pytest.mark.parametrize(
    "path", ["/api/projects", ELIGIBLE, ROLES, f"/projects/{PROJECT}", "/projects?q=shop"]
)
def test_lists_from_the_index_make_no_call(
    alice: PersonClient, simulated: Simulator, path: str
) -> None:
    alice.api_get(path)
    simulated.calls.clear()
    assert alice.api_get(path).status_code == 200
    assert len(simulated.calls) == 0


def test_decisions_read_from_google_regardless_of_the_index(
    alice: PersonClient, indexed: Refresh, simulated: Simulator
) -> None:
    simulated.company.put_policy(f"projects/{PROJECT}", {"bindings": []})
    assert COMPUTE in ids(alice, pageSize="200")
    assert activate(alice, COMPUTE).status_code == 403


@pytest.mark.usefixtures("indexed")
def test_after_a_refusal_the_list_no_longer_offers_the_role(
    alice: PersonClient, simulated: Simulator
) -> None:
    policy = simulated.company.policy(PROJECT)
    policy["bindings"] = [one for one in policy["bindings"] if one["role"] != "roles/dns.admin"]
    simulated.company.put_policy(PROJECT, policy)
    role = f"{PROJECT}:roles/dns.admin"
    form = {"projectId": PROJECT, "minutes": "5", "justification": "x", "role": role}
    page = Page(alice.post("/activate", form))
    assert page.status == 403
    assert page.links()["Why?"]
    assert role not in {box["value"] for box in page.all("input") if box.has("value")}
    assert "These roles were read from Google just now." in page.text


@pytest.mark.usefixtures("indexed")
def test_the_page_shows_the_age_of_the_list_and_offers_to_read_from_google(
    alice: PersonClient, simulated: Simulator
) -> None:
    simulated.company.bind(
        PROJECT, "roles/redis.admin", "user:alice@example.com", "has({}.jitAccessConstraint)"
    )
    page = Page(alice.get(f"/projects/{PROJECT}"))
    assert "Eligible roles as of" in page.text
    assert "roles/redis.admin" not in page.text
    fresh = Page(alice.get(page.links()["Read the roles from Google now"]))
    assert "roles/redis.admin" in fresh.text
    assert "These roles were read from Google just now." in fresh.text


@pytest.mark.usefixtures("indexed")
@pytest.mark.parametrize("path", [f"/projects/{PROJECT}", "/projects?q=no"])
def test_no_space_precedes_the_full_stop_after_a_time(alice: PersonClient, path: str) -> None:
    assert "UTC</time>." in alice.api_get(path).content.decode()


@pytest.mark.usefixtures("indexed")
def test_somebody_without_roles_reads_what_to_do(charlie: PersonClient) -> None:
    page = Page(charlie.get("/projects"))
    assert "You have no eligible roles" in page.text
    assert page.links()["Is a role missing?"] == "/explain"


@pytest.mark.usefixtures("indexed")
def test_projects_are_found_by_name_and_by_number(alice: PersonClient) -> None:
    for text in ("production", "200000000001"):
        assert "/projects/shop-prod" in Page(alice.get("/projects", {"q": text})).links().values()


@pytest.mark.usefixtures("indexed")
def test_a_number_of_a_project_without_own_roles_finds_nothing(charlie: PersonClient) -> None:
    answer = charlie.get("/projects", {"q": "200000000001"}, follow=True)
    assert "shop-prod" not in answer.content.decode()


@pytest.mark.usefixtures("indexed")
def test_a_project_that_the_index_lacks_is_read_from_google(
    alice: PersonClient, simulated: Simulator
) -> None:
    simulated.company.add_project("brand-new")
    simulated.company.bind(
        "brand-new", "roles/viewer", "user:alice@example.com", "has({}.jitAccessConstraint)"
    )
    found = alice.api_get("/api/projects/brand-new/roles").json()["entitlements"]
    assert [row["name"] for row in found] == ["roles/viewer"]
