"""`/api/explain` names the cause of a missing role, to the person and to an administrator."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.conftest import PersonClient
from tests.eligibility.indexed_world import index_of
from tests.journeys.accounts import Account
from tests.journeys.broken_setups import (
    ALICE,
    CASES,
    ELIGIBLE,
    JIT,
    NOT,
    PROJECT,
    ROLE,
    Case,
    World,
)
from tests.journeys.shop import activate, activation_body
from tests.moments import now

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
EMAIL = "alice@example.com"


def explained(person: PersonClient, project: str = PROJECT, role: str = ROLE, **more: str) -> Any:
    answer = person.api_get("/api/explain", project=project, role=role, **more)
    assert answer.status_code == 200, answer.content
    return answer.json()


def steps(answer: Any, check: str, outcome: str) -> list[str]:
    return [
        step["text"]
        for step in answer["steps"]
        if (step["check"], step["outcome"]) == (check, outcome)
    ]


@pytest.fixture
def world(simulated: Any, settings: Any, no_retry_delay: Any) -> World:
    simulated.company.add_project(PROJECT, parent="folders/12")
    simulated.company.bind(PROJECT, "roles/browser", f"user:{EMAIL}")
    return World(simulated, settings)


def test_there_are_enough_set_ups() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 25


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_person_reads_the_cause(case: Case, world: World, alice: PersonClient) -> None:
    case.break_it(world)
    answer = explained(alice, role=case.role, resourceCondition=case.condition)
    assert answer["verdict"] == case.verdict, answer
    assert case.words in " | ".join(steps(answer, case.check, case.outcome)), answer


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_administrator_reads_the_cause(case: Case, world: World, olga: PersonClient) -> None:
    case.break_it(world)
    verdict, check, outcome, words = case.olga_reads
    answer = explained(olga, role=case.role, resourceCondition=case.condition, user=EMAIL)
    assert answer["verdict"] == verdict, answer
    found = " | ".join(steps(answer, check, outcome)).replace("they already have", "already have")
    assert words in found, answer
    assert not [text for text in (step["text"] for step in answer["steps"]) if text.endswith("..")]


def without_names(answer: Any, project: str) -> bytes:
    """The bytes of an answer without what was typed and the time."""
    when = str(answer.json()["checkedAt"]).encode()
    content: bytes = answer.content.replace(project.encode(), b"PROJECT").replace(when, b"NOW")
    return content


def hidden_projects(world: World) -> list[str]:
    """Projects of every kind on which Charlie has nothing, and one that never existed."""
    company = world.simulated.company
    company.add_project("lab-hidden", visible=False)
    company.add_project("lab-gone", state="DELETE_REQUESTED")
    world.bind(JIT, ALICE, "group:engineering@example.com")
    world.bind(JIT, ALICE, on="lab-hidden")
    return [PROJECT, "shop-prod", "lab-hidden", "lab-gone", "payroll", "no-such-project"]


def same_for_all(
    world: World, person: PersonClient, projects: list[str], *, exactly: bool = True
) -> Any:
    """One answer, the same calls to Google and the same number of queries for all projects.

    How often a failing call is tried again is random: then only which calls there are counts.
    """
    answers, calls, queries = set(), set[Any](), set()
    person.api_get("/api/explain", project="warm-up", role=ROLE)
    for project in projects:
        world.simulated.calls.clear()
        with CaptureQueriesContext(connection) as captured:
            answer = person.api_get("/api/explain", project=project, role=ROLE)
        assert answer.status_code == 200
        answers.add(without_names(answer, project))
        made = sorted(call.api for call in world.simulated.calls.google)
        calls.add(tuple(made) if exactly else frozenset(made))
        queries.add(len(captured))
    assert len(answers) == len(calls) == len(queries) == 1, (answers, calls, queries)
    return json.loads(answers.pop().replace(b"NOW", b"0"))


def test_a_stranger_learns_nothing_of_any_project(world: World, charlie: PersonClient) -> None:
    answer = same_for_all(world, charlie, hidden_projects(world))
    assert answer["verdict"] == NOT
    assert [(step["check"], step["outcome"]) for step in answer["steps"]] == [("binding", "fail")]
    assert answer["activationType"] is None


def test_nor_does_somebody_with_roles_elsewhere(world: World, person: Any) -> None:
    projects = [one for one in hidden_projects(world) if one != "payroll"]
    same_for_all(world, person("erin@example.com"), projects)


@pytest.mark.parametrize("scope", ["folders/20", f"projects/{PROJECT}"])
def test_nor_in_a_narrow_scope(world: World, charlie: PersonClient, scope: str) -> None:
    world.settings.RESOURCE_SCOPE = scope
    same_for_all(world, charlie, hidden_projects(world))


@pytest.mark.parametrize("api", ["cloudasset.*", "*getIamPolicy", "directory.*", "iam.*"])
@pytest.mark.parametrize("status", [403, 503])
def test_nor_while_google_is_in_trouble(
    world: World, charlie: PersonClient, api: str, status: int
) -> None:
    projects = hidden_projects(world)
    world.break_call(api, status)
    same_for_all(world, charlie, projects, exactly=status != 503)


def test_a_stranger_who_asks_for_a_condition_learns_nothing_either(
    world: World, charlie: PersonClient
) -> None:
    condition = {"resourceCondition": 'resource.type == "x"'}
    found = {
        without_names(
            charlie.api_get("/api/explain", project=project, role=ROLE, **condition), project
        )
        for project in hidden_projects(world)
    }
    assert len(found) == 1


def test_the_own_path_names_nobody_else(world: World, alice: PersonClient) -> None:
    world.bind(JIT, "user:bob@example.com", "group:payments-approvers@example.com")
    answer = explained(alice)
    assert answer["verdict"] == NOT
    assert not {"bob", "payments"} & set(re.findall(r"\w+", json.dumps(answer)))


@pytest.mark.parametrize(
    "changes",
    [
        *({"project": ""}, {"project": "Shop"}, {"role": ""}, {"role": "compute.admin"}),
        *({"role": "roles/x:Zm9v"}, {"user": "nobody"}, {"resourceCondition": "("}),
    ],
)
def test_what_is_not_well_formed_is_refused_before_google_is_asked(
    world: World, olga: PersonClient, changes: dict[str, str]
) -> None:
    explained(olga)
    world.simulated.calls.clear()
    asked = {"project": PROJECT, "role": ROLE} | changes
    answer = olga.api_get("/api/explain", **asked)
    assert answer.status_code == 400
    assert not world.simulated.calls.google


def test_a_project_number_is_called_one(world: World, alice: PersonClient) -> None:
    number = world.simulated.company.resource(PROJECT).number
    answer = alice.api_get("/api/explain", project=number, role=ROLE)
    assert answer.status_code == 400
    assert "is a project number. Use the project ID" in answer.json()["message"]


def test_only_administrators_ask_about_others(world: World, bob: Any, audrey: Any) -> None:
    for person in (bob, audrey):
        answer = person.api_get("/api/explain", project=PROJECT, role=ROLE, user=EMAIL)
        assert answer.status_code == 403
    assert not world.simulated.calls.of("cloudasset.*")


def test_oneself_may_be_named(world: World, alice: PersonClient) -> None:
    world.bind()
    assert explained(alice, user=" Alice@Example.com ")["verdict"] == ELIGIBLE


def test_an_administrator_reads_whether_a_project_exists(world: World, olga: PersonClient) -> None:
    answer = explained(olga, project="no-such-project", user=EMAIL)
    assert answer["verdict"] == NOT
    assert "does not exist, or JIT Access has no access" in steps(answer, "project", "fail")[0]


def test_a_stopped_person_and_a_service_account(
    world: World, alice: PersonClient, olga: PersonClient
) -> None:
    world.bind()
    explained(alice)
    olga.post("/admin/stop-person/", {"email": EMAIL, "reason": "Stolen laptop"})
    answer = explained(olga, user=EMAIL)
    assert answer["verdict"] == NOT
    assert "Stolen laptop" in steps(answer, "membership", "fail")[0]
    assert alice.api_get("/api/explain", project=PROJECT, role=ROLE).status_code == 403
    robot = explained(olga, user="robot@lab-prod.iam.gserviceaccount.com")
    assert "is a service account" in " ".join(steps(robot, "membership", "fail"))


def test_a_former_address_is_called_one(world: World, simulated: Any, olga: PersonClient) -> None:
    account = Account(simulated, EMAIL, subject="42")
    explained(account)
    account.rename("alice.b@example.com")
    account.later = 5
    world.bind()
    explained(account)
    asked = explained(olga, user=EMAIL)
    assert "former address of alice.b@example.com" in " ".join(steps(asked, "membership", "fail"))
    bound = explained(olga, user="alice.b@example.com")
    assert f"names {EMAIL}, another address" in " ".join(steps(bound, "membership", "fail"))


def test_the_verdict_is_what_a_request_meets(person: Any, olga: PersonClient) -> None:
    """For everybody and every role of the seeded company that is activated without approval."""
    roles = [
        ("shop-prod", "roles/compute.admin"),
        ("shop-prod", "roles/spanner.admin"),
        ("shop-staging", "roles/redis.admin"),
        ("shop-staging", "roles/container.admin"),
        ("data-lake", "roles/bigquery.dataEditor"),
        ("data-lake", "roles/bigquery.jobUser"),
        ("data-lake", "roles/compute.osAdminLogin"),
        ("billing-prod", "roles/resourcemanager.folderAdmin"),
    ]
    names = [*(f"{name}@example.com" for name in ("alice", "bob", "frank", "erin", "charlie"))]
    for email in [*names, "petra@partner.example"]:
        for project, role in roles:
            client = person(email)
            verdict = explained(client, project=project, role=role)["verdict"]
            listed = client.api_get(f"/api/projects/{project}/roles").json()["entitlements"]
            ids = [one["id"] for one in listed if one["name"] == role] or [f"{project}:{role}"]
            path = f"/api/projects/{project}/roles/self-activate"
            status = client.api_post(path, activation_body(ids[0])).status_code
            assert (verdict == ELIGIBLE) == (status == 200), (email, project, role, verdict, status)
            seen = explained(olga, project=project, role=role, user=email)["verdict"]
            assert (seen == ELIGIBLE) == (status == 200), (email, project, role, seen, status)


def test_asking_too_often_is_refused_without_a_loss_of_requests(
    world: World, alice: PersonClient
) -> None:
    world.settings.REQUESTS_PER_MINUTE = 2
    found = [
        alice.api_get("/api/explain", project=PROJECT, role=ROLE).status_code for _ in range(3)
    ]
    assert found == [200, 200, 429]
    assert activate(alice).status_code == 200


def test_searched_groups_are_explained_with_the_groups_on_the_way(
    world: World, alice: PersonClient
) -> None:
    world.simulated.searches_groups = True
    world.bind(JIT, "group:engineering@example.com")
    [path] = steps(explained(alice), "membership", "pass")
    assert "platform-oncall@example.com, which is in platform@example.com, which is in" in path
    world.break_call("directory.groups.list", 403)
    answer = explained(alice)
    assert answer["verdict"] == ELIGIBLE
    assert steps(answer, "membership", "pass") == [
        "You are in engineering@example.com, which the binding names."
    ]


def test_the_age_of_the_index_is_told_to_those_who_read_details(
    world: World, alice: PersonClient, charlie: PersonClient
) -> None:
    index_of(world.simulated.company, now() - timedelta(days=3))
    world.bind()
    answer = explained(alice)
    assert answer["verdict"] == ELIGIBLE
    [step] = [step for step in answer["steps"] if step["check"] == "index"]
    assert step["outcome"] == "info"
    assert "refresh_eligibility" in step["remedy"]
    assert [step["check"] for step in explained(charlie)["steps"]] == ["binding"]
