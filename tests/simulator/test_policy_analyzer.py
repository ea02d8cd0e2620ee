"""Analyses: selectors, options, evaluated conditions, partial answers and the quota."""

from datetime import timedelta
from typing import Any

import pytest

from simulator import Simulator
from simulator.seed_bindings import JIT, window
from tests.moments import now
from tests.simulator.client import Google, message

CRM = "//cloudresourcemanager.googleapis.com"
ALICE = "user:alice@example.com"
IDENTITY = "analysisQuery.identitySelector.identity"
RESOURCE = "analysisQuery.resourceSelector.fullResourceName"
ROLES = "analysisQuery.accessSelector.roles"
PERMISSIONS = "analysisQuery.accessSelector.permissions"
TIME = "analysisQuery.conditionContext.accessTime"
OPTIONS = "analysisQuery.options"
ON = {RESOURCE: f"{CRM}/projects/playground"}


@pytest.fixture(autouse=True)
def a_project_of_its_own(sim: Simulator) -> None:
    sim.company.add_folder("99", parent="organizations/7")
    sim.company.add_project("playground", parent="folders/99", number="9900")


def ask(google: Google, scope: str = "organizations/7", **params: Any) -> tuple[int, Any]:
    return google.get(f"/v1/{scope}:analyzeIamPolicy", **params)


def analysis(google: Google, scope: str = "organizations/7", **params: Any) -> dict[str, Any]:
    status, body = ask(google, scope, **params)
    assert status == 200, body
    found: dict[str, Any] = body["mainAnalysis"]
    assert body.get("fullyExplored") == found.get("fullyExplored")
    return found


def results(google: Google, **params: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = analysis(google, **params).get("analysisResults", [])
    return found


def roles(google: Google, **params: Any) -> list[str]:
    return [one["iamBinding"]["role"] for one in results(google, **params)]


def test_bindings_of_the_project_and_above_that_include_the_identity(
    sim: Simulator, google: Google
) -> None:
    sim.company.add_group("team@example.com", members=["alice@example.com"])
    sim.company.add_group("all@example.com", members=["team@example.com"])
    sim.company.bind("playground", "roles/a", ["user:Alice@Example.com", "user:bob@example.com"])
    sim.company.bind("folders/99", "roles/b", "group:all@example.com", JIT)
    sim.company.bind("playground", "roles/c", "user:bob@example.com")
    found = results(google, **ON, **{IDENTITY: ALICE})
    places = {each["iamBinding"]["role"]: each["attachedResourceFullName"] for each in found}
    assert places == {
        "roles/a": f"{CRM}/projects/playground",
        "roles/b": f"{CRM}/folders/99",
        "roles/browser": f"{CRM}/organizations/7",  # of the whole domain
    }
    assert found[0] == {
        "attachedResourceFullName": f"{CRM}/projects/playground",
        "iamBinding": sim.company.policy("playground")["bindings"][0],
        "accessControlLists": [
            {
                "resources": [
                    {
                        "fullResourceName": f"{CRM}/projects/playground",
                        "analysisState": {"code": "OK"},
                    }
                ],
                "accesses": [{"role": "roles/a"}],
            }
        ],
        "identityList": {"identities": [{"name": ALICE}]},
        "fullyExplored": True,
    }


def test_the_query_is_repeated(google: Google) -> None:
    both: dict[str, Any] = {ROLES: ["roles/a", "roles/b"]}
    found = analysis(google, **ON, **both)
    assert found["analysisQuery"] == {
        "scope": "organizations/7",
        "resourceSelector": {"fullResourceName": f"{CRM}/projects/playground"},
        "accessSelector": {"roles": ["roles/a", "roles/b"]},
    }


def test_nothing_above_the_scope_is_analyzed(sim: Simulator, google: Google) -> None:
    sim.company.bind("folders/99", "roles/b", ALICE)
    sim.company.bind("organizations/7", "roles/c", ALICE)
    assert roles(google, scope="folders/99", **ON, **{IDENTITY: ALICE}) == ["roles/b"]


def test_an_alias_is_the_same_person(sim: Simulator, google: Google) -> None:
    sim.company.add_alias("alice@example.com", "alicia@example.com")
    sim.company.bind("playground", "roles/a", ALICE)
    assert "roles/a" in roles(google, **ON, **{IDENTITY: "user:alicia@example.com"})


def test_roles_and_permissions_select_bindings(sim: Simulator, google: Google) -> None:
    for role in ("roles/a", "roles/b"):
        sim.company.bind("playground", role, ALICE)
    assert roles(google, **ON, **{ROLES: "roles/b"}) == ["roles/b"]
    by_permission = {PERMISSIONS: "resourcemanager.projects.get", IDENTITY: ALICE}
    found = results(google, **ON, **by_permission)
    accesses = [each["accessControlLists"][0]["accesses"] for each in found]
    assert accesses == [[{"permission": "resourcemanager.projects.get"}]] * 3
    assert roles(google, **ON, **{PERMISSIONS: "compute.instances.create"}) == []


def test_without_a_resource_everything_in_the_scope_is_analyzed(
    sim: Simulator, google: Google
) -> None:
    sim.company.bind("folders/99", "roles/only.here", ALICE)
    (plain,) = results(google, **{ROLES: "roles/only.here"})
    names = [each["fullResourceName"] for each in plain["accessControlLists"][0]["resources"]]
    assert names == [f"{CRM}/folders/99"]
    expanded = {f"{OPTIONS}.expandResources": "true"}
    (wide,) = results(google, **{ROLES: "roles/only.here"}, **expanded)
    names = [each["fullResourceName"] for each in wide["accessControlLists"][0]["resources"]]
    assert names == [f"{CRM}/folders/99", f"{CRM}/projects/playground"]


def test_groups_are_expanded_with_the_edges_to_their_members(
    sim: Simulator, google: Google
) -> None:
    sim.company.add_group("in@example.com", members=["alice@example.com"])
    sim.company.add_group("out@example.com", members=["in@example.com", "bob@example.com"])
    sim.company.bind("playground", "roles/a", ["group:out@example.com", "user:carol@example.com"])
    options = {f"{OPTIONS}.expandGroups": "true", f"{OPTIONS}.outputGroupEdges": "true"}
    (found,) = results(google, **ON, **{ROLES: "roles/a"}, **options)
    assert {each["name"] for each in found["identityList"]["identities"]} == {
        "group:out@example.com",
        ALICE,
        "user:bob@example.com",
        "user:carol@example.com",
    }
    edges = [
        (each["sourceNode"], each["targetNode"]) for each in found["identityList"]["groupEdges"]
    ]
    assert edges == [
        ("group:out@example.com", "group:in@example.com"),
        ("group:out@example.com", "user:bob@example.com"),
        ("group:in@example.com", ALICE),
    ]


def test_edges_of_an_identity_lead_to_it_only(sim: Simulator, google: Google) -> None:
    sim.company.add_group("in@example.com", members=["alice@example.com", "bob@example.com"])
    sim.company.add_group("out@example.com", members=["in@example.com", "carol@example.com"])
    sim.company.bind("playground", "roles/a", "group:out@example.com")
    options = {f"{OPTIONS}.outputGroupEdges": "true", IDENTITY: ALICE}
    found = results(google, **ON, **options)[0]["identityList"]
    assert found["identities"] == [{"name": ALICE}]
    assert [each["targetNode"] for each in found["groupEdges"]] == ["group:in@example.com", ALICE]


def test_without_expansion_groups_stay_groups(sim: Simulator, google: Google) -> None:
    sim.company.bind("playground", "roles/a", "group:engineering@example.com")
    (found,) = results(google, **ON, **{ROLES: "roles/a"})
    assert found["identityList"] == {"identities": [{"name": "group:engineering@example.com"}]}


def test_a_group_that_is_too_large_is_cut(sim: Simulator, google: Google) -> None:
    sim.company.add_group("huge@example.com", members=[f"p{n}@example.com" for n in range(1001)])
    sim.company.bind("playground", "roles/a", "group:huge@example.com")
    found = analysis(google, **ON, **{ROLES: "roles/a", f"{OPTIONS}.expandGroups": "true"})
    assert "fullyExplored" not in found
    assert len(found["analysisResults"][0]["identityList"]["identities"]) == 1001


@pytest.mark.parametrize("email", ["analysts@partner.example", "hidden@example.com"])
def test_a_group_that_cannot_be_read_is_a_non_critical_error(
    sim: Simulator, google: Google, email: str
) -> None:
    sim.company.add_group("hidden@example.com", members=["alice@example.com"])
    sim.unreadable_groups = frozenset({"Hidden@example.com"})
    sim.company.bind("playground", "roles/a", f"group:{email}")
    found = analysis(google, **ON, **{IDENTITY: ALICE})
    assert found["nonCriticalErrors"] == [
        {"code": "PERMISSION_DENIED", "cause": f"The members of group:{email} could not be read."}
    ]
    assert "fullyExplored" not in found
    assert "roles/a" not in [each["iamBinding"]["role"] for each in found["analysisResults"]]


@pytest.mark.parametrize(
    ("expression", "with_time", "without_time"),
    [
        (None, None, None),
        (JIT, "CONDITIONAL", "CONDITIONAL"),
        ("running", "TRUE", "CONDITIONAL"),
        ("past", "FALSE", "CONDITIONAL"),
        ("future", "FALSE", "CONDITIONAL"),
        (f'{JIT} && request.time < timestamp("2020-01-01T00:00:00Z")', "FALSE", "CONDITIONAL"),
        (f'{JIT} && request.time <= timestamp("2099-01-01T00:00:00Z")', *["CONDITIONAL"] * 2),
        ('request.time > timestamp("2020-01-01T00:00:00Z")', "TRUE", "CONDITIONAL"),
        ('request.time > timestamp("yesterday")', "CONDITIONAL", "CONDITIONAL"),
        ('a == b || request.time < timestamp("2020-01-01T00:00:00Z")', *["CONDITIONAL"] * 2),
        ('resource.name == "x"', "CONDITIONAL", "CONDITIONAL"),
    ],
)
def test_conditions_are_evaluated_where_only_time_decides(
    sim: Simulator,
    google: Google,
    expression: str | None,
    with_time: str | None,
    without_time: str | None,
) -> None:
    moment = now()
    windows = {"running": (-60, 3600), "past": (-7200, -3600), "future": (3600, 7200)}
    if expression in windows:
        start, end = windows[expression]
        expression = window(moment.timestamp() + start, moment.timestamp() + end)
    sim.company.bind("playground", "roles/a", ALICE, expression)
    for value, params in ((with_time, {TIME: moment.isoformat()}), (without_time, {})):
        (found,) = results(google, **ON, **{ROLES: "roles/a"}, **params)
        evaluated = found["accessControlLists"][0].get("conditionEvaluation")
        assert evaluated == ({"evaluationValue": value} if value else None)


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({}, "At least one of the selectors"),
        ({IDENTITY: "user:*@example.com"}, "Invalid identity"),
        ({IDENTITY: "alice@example.com"}, "Invalid identity"),
        ({IDENTITY: ALICE, f"{OPTIONS}.expandGroups": "true"}, "expandGroups"),
        ({ROLES: "roles/a", f"{OPTIONS}.expandRoles": "true"}, "expandRoles"),
        ({ROLES: [f"roles/r{number}" for number in range(11)]}, "At most 10"),
        (
            {RESOURCE: f"{CRM}/folders/99", f"{OPTIONS}.expandResources": "true"},
            "expandResources",
        ),
        ({RESOURCE: f"{CRM}/projects/nope"}, "does not exist"),
        ({RESOURCE: "projects/playground"}, "does not exist"),
        ({IDENTITY: ALICE, TIME: "2020-01-01T00:00:00Z"}, "earlier than the current time"),
        ({IDENTITY: ALICE, TIME: "soon"}, "Invalid value"),
        ({IDENTITY: ALICE, "executionTimeout": "20"}, "Duration"),
        ({IDENTITY: [ALICE, ALICE]}, "not repeating"),
    ],
)
def test_what_google_does_not_accept(google: Google, params: dict[str, Any], text: str) -> None:
    status, body = ask(google, **params)
    assert (status, text in message((status, body))) == (400, True), body


def test_a_project_outside_the_scope_does_not_exist(google: Google) -> None:
    status, _ = ask(google, "folders/20", **ON)
    assert status == 400


def test_an_access_time_of_a_clock_that_is_a_little_slow_is_accepted(google: Google) -> None:
    slow = now() - timedelta(seconds=20)
    assert ask(google, **ON, **{TIME: slow.isoformat()})[0] == 200


@pytest.mark.parametrize(("timeout", "is_whole"), [("20s", False), ("61s", True), ("", True)])
def test_an_analysis_that_takes_too_long_is_partial(
    sim: Simulator, google: Google, timeout: str, is_whole: bool
) -> None:
    sim.analysis_seconds = 60
    sim.company.bind("playground", "roles/a", ALICE)
    found = analysis(google, **ON, **({"executionTimeout": timeout} if timeout else {}))
    assert ("fullyExplored" in found) is is_whole
    assert ("nonCriticalErrors" in found) is not is_whole


def test_the_quota_is_used_up_by_every_call(sim: Simulator, google: Google) -> None:
    sim.analyses_left = 2
    assert [ask(google, **ON)[0], ask(google)[0], ask(google, **ON)[0]] == [200, 400, 429]
    status, body = ask(google, **ON)
    assert (status, body["error"]["status"]) == (429, "RESOURCE_EXHAUSTED")
    assert "Quota exceeded" in message((status, body))


def test_a_missing_permission(sim: Simulator, google: Google) -> None:
    sim.withheld_permissions = frozenset({"cloudasset.assets.analyzeIamPolicy"})
    assert ask(google, **ON)[0] == 403


def test_answers_lag_behind(sim: Simulator, google: Google) -> None:
    sim.company.bind("playground", "roles/a", ALICE)
    sim.asset_lag = 3600
    sim.company.put_policy("playground", {"bindings": []}, settled=False)
    assert roles(google, **ON, **{ROLES: "roles/a"}) == ["roles/a"]
