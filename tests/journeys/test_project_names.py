"""Projects are named by id only: numbers and other texts are refused before any call or record."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from django.core.management import CommandError, call_command

from activations.iam.dependencies import current_dependencies
from activations.models import Event, Grant, ProjectLease, Request
from activations.reconciliation.run import reconcile
from googlecloud.calls import Deadline
from tests.journeys.approvals import REQUEST, SECURITY, ask, decide, pending_request
from tests.journeys.shop import ACTIVATE, PROJECT, ROLES, activate, activation_body
from tests.moments import now
from tests.rewriting import rewrite, unprotected

pytestmark = pytest.mark.one_database


ODD = [
    *("SHOP-PROD", "shop_prod", "shop/prod", "projects/shop-prod", "shop%2Fprod", "shop\nprod"),
    *("shop\x00", "../shop-prod", "sh", "-", "a:b:c", "x" * 3_000, "ѕhop-prod", "shop-prod?x"),
]


@pytest.fixture
def number(simulated: Any) -> str:
    found: str = simulated.company.resource(PROJECT).number
    return found


def attempts(person: Any, project: str) -> list[Any]:
    """Return the answers of every path of the API and the pages that names a project."""
    path = f"/api/projects/{quote(project, safe='')}"
    body = activation_body(f"{project}:roles/compute.admin")
    request = {
        "entitlementId": f"{project}:roles/iam.securityAdmin",
        "justification": "CASE-1",
        "peers": ["bob@example.com"],
        "activationTimeout": 5,
    }
    form = {"projectId": project, "minutes": "5", "justification": "CASE-1"}
    return [
        person.api_get(f"{path}/roles"),
        person.api_get(f"{path}/peers", id=f"{project}:roles/iam.securityAdmin"),
        person.api_post(f"{path}/roles/self-activate", body),
        person.api_post(f"{path}/roles/request", request),
        person.api_get("/api/requests", project=project),
        person.api_get("/api/grants", project=project),
        person.api_get("/api/explain", project=project, role="roles/compute.admin"),
        person.get("/explain", {"project": project, "role": "roles/compute.admin"}),
        person.get("/", {"projectId": project}),
        person.post("/activate", form | {"role": body["entitlementIds"][0]}),
        person.post("/ask", form | {"approval": request["entitlementId"], "reviewer": "bob@x.y"}),
        person.get("/ask", {"role": request["entitlementId"]}),
    ]


def untouched(simulated: Any) -> bool:
    """Check that nothing was recorded and no project was read; pages may read groups."""
    about_groups = ("directory.", "cloudidentity.")
    asked_for = [call for call in simulated.calls.google if not call.api.startswith(about_groups)]
    rows = Request.objects.count() + Grant.objects.count() + Event.objects.count()
    return not (asked_for or rows or ProjectLease.objects.exists())


def test_a_number_is_refused_everywhere_with_a_request_for_the_id(
    alice: Any, number: str, simulated: Any
) -> None:
    for answer in attempts(alice, number):
        assert answer.status_code == 400, answer.content
        text = answer.content.decode()
        assert "is a project number. Use the project ID" in text
        assert PROJECT not in text.replace("as in <code>shop-prod", "")
    assert untouched(simulated)


@pytest.mark.parametrize("project", ODD)
def test_other_texts_are_refused_everywhere(alice: Any, project: str, simulated: Any) -> None:
    for answer in attempts(alice, project):
        assert answer.status_code == 400, answer.content
    path = f"/api/projects/{quote(project, safe='')}/roles"
    assert alice.api_get(path).json()["message"].isprintable()
    refused = alice.api_post(f"{path}/self-activate", activation_body())
    assert "is not a project ID" in refused.json()["message"]
    assert untouched(simulated)


def test_the_id_of_a_number_is_shown_to_people_eligible_in_the_project(
    alice: Any, charlie: Any, number: str
) -> None:
    for person in (alice, charlie):
        assert PROJECT in person.api_get("/api/projects").json()["projects"]
        person.api_get(ROLES)
    path = f"/api/projects/{number}/roles"
    assert "The ID of this project is shop-prod." in alice.api_get(path).json()["message"]
    assert PROJECT not in charlie.api_get(path).json()["message"]
    page = alice.get("/", {"projectId": number}).content.decode()
    assert "The ID of this project is shop-prod." in page


def test_the_id_of_a_number_is_shown_to_people_who_had_access_to_the_project(
    alice: Any, number: str
) -> None:
    activate(alice)
    assert "shop-prod" not in alice.api_get(f"/api/projects/{number}/roles").json()["message"]
    alice.api_get("/api/projects")
    assert "is shop-prod." in alice.api_get(f"/api/projects/{number}/roles").json()["message"]


def test_a_well_formed_unknown_project_is_answered_as_before(alice: Any, simulated: Any) -> None:
    for project in ("no-such-project", "example.com:no-such-project", "abc"):
        answer = alice.api_post(
            f"/api/projects/{project}/roles/self-activate",
            activation_body(f"{project}:roles/compute.admin"),
        )
        assert answer.status_code in {403, 404}
    assert simulated.calls.google


def test_white_space_around_an_id_is_ignored(alice: Any) -> None:
    assert (
        alice.api_post(ACTIVATE.replace(PROJECT, f"%20{PROJECT}%20"), activation_body()).status_code
        == 200
    )
    assert set(Grant.objects.values_list("project_id", flat=True)) == {PROJECT}


def test_a_second_pending_request_cannot_be_made_under_the_number(alice: Any, number: str) -> None:
    pending_request(alice)
    role = SECURITY.replace(PROJECT, number)
    path = REQUEST.replace(PROJECT, number)
    body = {"entitlementId": role, "justification": "x", "peers": ["bob@example.com"]}
    assert alice.api_post(path, body | {"activationTimeout": 5}).status_code == 400
    assert Request.objects.count() == 1


def recorded_under(number: str) -> Grant:
    """Create an active grant as version 0.1.0 recorded it for a project number."""
    rewrite(Request.objects, project_id=number)
    grant = Grant.objects.get()
    grant.project_id = number
    with unprotected():
        grant.save()
    return grant


def run(*projects: str) -> Any:
    return reconcile(
        dependencies=current_dependencies(),
        scope="organizations/7",
        deadline=Deadline(60),
        projects=projects,
    )


def test_the_reconciler_does_not_adopt_access_recorded_under_a_number_again(
    alice: Any, number: str
) -> None:
    activate(alice)
    grant = recorded_under(number)
    for projects in ((), (PROJECT,), ()):
        assert run(*projects) is not None
    assert list(Grant.objects.filter(beneficiary_email="alice@example.com")) == [grant]
    assert Grant.objects.get(pk=grant.pk).state == "active"
    assert Grant.objects.get(pk=grant.pk).project_id == number


def test_nothing_is_adopted_while_the_id_of_the_number_is_unknown(
    alice: Any, number: str, simulated: Any
) -> None:
    activate(alice)
    grant = recorded_under(number)
    simulated.faults.add("cloudresourcemanager.projects.get", status=503, times=50)
    run(PROJECT)
    assert list(Grant.objects.all()) == [grant]
    simulated.faults.clear()
    run(PROJECT)
    assert Grant.objects.count() == 2  # Bob's activation, which has no record yet
    assert Grant.objects.filter(beneficiary_email="alice@example.com").count() == 1


def test_access_recorded_under_a_number_can_be_ended_and_is_not_extended(
    alice: Any, number: str, simulated: Any
) -> None:
    activate(alice)
    grant = recorded_under(number)
    more = {"activationTimeout": 100, "justification": "CASE-1"}
    answer = alice.api_post(f"/api/grants/{grant.pk}/extend", more)
    assert answer.status_code == 400
    assert "project number" in answer.json()["message"]
    assert alice.api_post(f"/api/grants/{grant.pk}/end", {}).status_code == 200
    assert not [
        binding
        for binding in simulated.company.policy(PROJECT)["bindings"]
        if binding["role"] == "roles/compute.admin"
        and binding["members"] == ["user:alice@example.com"]
        and "request.time" in binding.get("condition", {}).get("expression", "")
    ]


def test_a_request_recorded_under_a_number_is_not_approved(
    alice: Any, bob: Any, number: str, simulated: Any
) -> None:
    request_id = pending_request(alice)
    rewrite(Request.objects, project_id=number)
    simulated.calls.clear()
    answer = decide(bob, request_id, "approve")
    assert answer.status_code == 400
    assert "project number" in answer.json()["message"]
    assert Request.objects.get().state == "pending"
    assert not simulated.calls.google


def test_the_reconcile_command_accepts_ids_only(number: str, simulated: Any, db: None) -> None:
    with pytest.raises(CommandError, match="is a project number"):
        call_command("reconcile", number)
    with pytest.raises(CommandError, match="is not a project ID"):
        call_command("reconcile", "Shop")
    assert not simulated.calls.google


def test_a_colleagues_request_names_the_same_project(alice: Any, bob: Any) -> None:
    assert ask(alice).status_code == 200
    rows = bob.api_get("/api/requests", role="review", project=f" {PROJECT} ").json()["requests"]
    assert len(rows) == 1
    assert rows[0]["requestedAt"] <= now().timestamp()
