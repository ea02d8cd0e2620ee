"""Access that the original application granted is adopted for its holder."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from activations.domain.bindings import Wanted, approved_by, new_binding
from activations.iam.dependencies import current_dependencies
from activations.models import Event, Grant, User
from activations.reconciliation.run import reconcile
from googlecloud.calls import Deadline
from tests.activations.pages.reading import Page
from tests.jitaccess.anybody import call
from tests.journeys.approvals import SECURITY, SET, decide
from tests.journeys.shop import PROJECT, activations_of
from tests.moments import now
from tests.rewriting import rewrite

pytestmark = pytest.mark.one_database

BOB = "bob@example.com"
COMPUTE_ADMIN, SECURITY_ADMIN = "roles/compute.admin", "roles/iam.securityAdmin"


def adopt() -> Grant:
    """Adopt Bob's active binding in the seeded project, which has no record."""
    counts = reconcile(
        dependencies=current_dependencies(),
        scope="organizations/7",
        deadline=Deadline(60),
        projects=[PROJECT],
    )
    assert counts is not None
    assert counts.adopted
    return Grant.objects.get(beneficiary_email=BOB)


def grants_of(person: Any) -> list[str]:
    return [grant["id"] for grant in person.api_get("/api/grants").json()["grants"]]


@pytest.fixture
def approved(simulated: Any, db: None) -> Grant:
    """Adopt access that Carol approved for Bob in the original application."""
    start = int(time.time()) - 600
    access = Wanted(
        email=BOB,
        role=SECURITY_ADMIN,
        resource_condition="",
        start=datetime.fromtimestamp(start, UTC),
        end=datetime.fromtimestamp(start + 3600, UTC),
        description=approved_by(["carol@example.com"], "CASE-7"),
    )
    policy = simulated.company.policy(PROJECT)
    policy["bindings"] = [
        binding
        for binding in policy["bindings"]
        if binding not in activations_of(policy, BOB, COMPUTE_ADMIN)
    ]
    policy["bindings"].append(new_binding(access))
    simulated.company.put_policy(PROJECT, policy)
    return adopt()


def test_a_person_who_signs_in_after_the_adoption_can_end_their_access(
    bob: Any, simulated: Any
) -> None:
    grant = adopt()
    assert grants_of(bob) == [str(grant.pk)]
    answer = bob.api_post(f"/api/grants/{grant.pk}/end", {"reason": "done"})
    assert answer.json()["endReason"] == "ended by holder"
    assert activations_of(simulated.company.policy(PROJECT), BOB, COMPUTE_ADMIN) == []


def test_its_justification_is_not_offered_for_the_next_request(bob: Any, simulated: Any) -> None:
    """The description in IAM may have none, or one of the original application."""
    adopt()
    page = Page(bob.get(f"/projects/{PROJECT}"))
    assert page.form.fields["justification"] == [""]
    assert not any(one.has("data-last-minutes") for one in page.all("button"))


def test_it_can_be_extended(bob: Any, simulated: Any) -> None:
    grant = adopt()
    body = {"activationTimeout": 100, "justification": "more"}
    answer = bob.api_post(f"/api/grants/{grant.pk}/extend", body)
    assert answer.status_code == 200, answer.content
    assert len(activations_of(simulated.company.policy(PROJECT), BOB, COMPUTE_ADMIN)) == 1
    grant.refresh_from_db()
    assert grant.end_reason == "extended"


def test_a_binding_that_ends_in_the_year_9999_is_adopted(
    bob: Any, olga: Any, simulated: Any
) -> None:
    """A person wrote it by hand; its minutes exceed the range of the column."""
    access = Wanted(
        email=BOB,
        role=COMPUTE_ADMIN,
        resource_condition="",
        start=datetime(2020, 1, 1, tzinfo=UTC),
        end=datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
        description="for ever",
    )
    policy = simulated.company.policy(PROJECT)
    policy["bindings"] = [
        binding
        for binding in policy["bindings"]
        if binding not in activations_of(policy, BOB, COMPUTE_ADMIN)
    ]
    simulated.company.put_policy(PROJECT, policy | {"bindings": [new_binding(access)]})
    grant = adopt()
    assert (grant.end_time, grant.request.minutes) == (access.end, 2**31 - 1)
    assert grants_of(bob) == [str(grant.pk)]
    assert bob.get(f"/requests/{grant.request_id}").status_code == 200
    assert olga.get("/admin/activations/grant/").status_code == 200
    assert olga.get(f"/admin/activations/grant/{grant.pk}/change/").status_code == 200
    answer = bob.api_post(f"/api/grants/{grant.pk}/end", {"reason": "done"})
    assert answer.status_code == 200, answer.content
    assert activations_of(simulated.company.policy(PROJECT), BOB, COMPUTE_ADMIN) == []


def test_adopted_access_belongs_to_nobody_else(alice: Any, charlie: Any) -> None:
    grant = adopt()
    for person in (alice, charlie):
        assert grants_of(person) == []
        assert person.api_post(f"/api/grants/{grant.pk}/end", {}).status_code == 404


def test_access_of_an_address_that_two_people_have_had_is_assigned_to_neither(
    bob: Any, simulated: Any
) -> None:
    grant = adopt()
    User.objects.create(subject="another", email=BOB, first_seen=now(), last_seen=now())
    assert grants_of(bob) == []
    grant.request.refresh_from_db()
    assert grant.request.beneficiary is None


def test_ended_access_is_assigned_to_nobody(bob: Any) -> None:
    grant = adopt()
    past = datetime(2020, 1, 1, tzinfo=UTC)
    rewrite(Grant.objects, start_time=past, end_time=past.replace(hour=1))
    assert grants_of(bob) == []
    grant.request.refresh_from_db()
    assert grant.request.beneficiary is None


def test_a_renamed_person_keeps_access_adopted_under_the_former_address(
    simulated: Any, db: None
) -> None:
    call(simulated.assertion("robert@example.com", sub="accounts.google.com:bob"))
    grant = adopt()
    call(simulated.assertion(BOB, sub="accounts.google.com:bob"))
    grant.request.refresh_from_db()
    assert grant.request.beneficiary == User.objects.get()


def test_approved_access_is_adopted_as_approved(approved: Grant, bob: Any) -> None:
    request = approved.request
    assert (request.activation_type, request.project_role.id) == ("MPA", SECURITY)
    assert request.justification == "CASE-7"
    assert not request.reviewers.exists()
    step = Event.objects.get(kind="grant.adopted")
    assert step.details["description"] == approved.binding_description
    seen = bob.api_get(f"/api/requests/{request.pk}").json()
    assert (seen["status"], seen["activationType"], seen["reviews"]) == ("ACTIVE", "MPA", [])
    assert bob.get(f"/requests/{request.pk}").status_code == 200


def test_adopted_approved_access_is_extended_by_a_new_approval(approved: Grant, bob: Any) -> None:
    grants_of(bob)
    path = f"/api/grants/{approved.pk}/extend"
    body = {"activationTimeout": 100, "justification": "more"}
    assert bob.api_post(path, body).status_code == 400
    answer = bob.api_post(path, body | {"peers": ["alice@example.com"]})
    assert answer.json()["status"] == "ACTIVATION_PENDING"
    assert bob.get(f"/grants/{approved.pk}/extend").status_code == 200


def test_adopted_approved_access_cannot_be_approved_again(
    approved: Grant, person: Any, settings: Any, simulated: Any, olga: Any
) -> None:
    settings.REVIEWERS = ("user:maria@example.com",)
    maria = person("maria@example.com")
    writes = len(simulated.calls.of(SET))
    answer = decide(maria, str(approved.request_id), "approve")
    assert answer.status_code == 409
    assert (
        answer.json()["message"]
        == "This request was approved outside of this application and adopted"
    )
    assert len(simulated.calls.of(SET)) == writes
    record = f"/admin/activations/queueditem/{approved.request_id}/change/"
    for client in (maria, olga):
        assert client.get(record).status_code == 200
        assert client.get("/admin/activations/queueditem/?view=decided").status_code == 200
