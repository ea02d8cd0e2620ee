"""Approving and declining from the page of a request in the admin."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from activations.models import Event, Grant, Request
from tests.activations.admin.queue import QUEUE, decide, record_of, shown
from tests.activations.admin.reading import text
from tests.journeys.approvals import SET, pending_request
from tests.journeys.shop import PROJECT, activations_of
from tests.moments import now
from tests.rewriting import rewrite

pytestmark = pytest.mark.one_database

ROLE = "roles/iam.securityAdmin"


def state(request_id: str) -> str:
    return str(Request.objects.get(pk=request_id).state)


def test_approving_grants_access_and_returns_to_the_queue(
    alice: Any, bob: Any, simulated: Any
) -> None:
    request_id = pending_request(alice)
    answer = decide(bob, request_id, "approve", "go ahead")
    assert (answer.status_code, answer["Location"]) == (302, QUEUE)
    page = text(bob.get(QUEUE))
    assert "Approved. alice@example.com holds iam.securityAdmin on shop-prod until 20" in page
    assert request_id not in page
    assert len(activations_of(simulated.company.policy(PROJECT), "alice@example.com", ROLE)) == 1
    step = Event.objects.get(kind="request.approved")
    assert (step.actor_email, step.comment) == ("bob@example.com", "go ahead")


def test_declining_needs_a_reason_and_keeps_the_typed_text(
    alice: Any, bob: Any, simulated: Any
) -> None:
    request_id = pending_request(alice)
    answer = decide(bob, request_id, "decline", "  ")
    assert answer.status_code == 400
    assert "why you decline" in text(answer)
    too_long = decide(bob, request_id, "decline", "x" * 1001)
    assert too_long.status_code == 400
    assert "x" * 1001 in text(too_long)
    assert state(request_id) == "pending"
    assert decide(bob, request_id, "decline", "not <today>").status_code == 302
    assert state(request_id) == "declined"
    record = text(bob.get(record_of(request_id)))
    assert "not &lt;today&gt;" in record
    assert not simulated.calls.of(SET)


@pytest.mark.parametrize(("first", "second"), [("approve", "decline"), ("decline", "approve")])
def test_a_second_reviewer_reads_who_decided_and_when(
    alice: Any, bob: Any, carol: Any, simulated: Any, first: str, second: str
) -> None:
    request_id = pending_request(alice)
    decide(bob, request_id, first, "me first")
    writes = len(simulated.calls.of(SET))
    answer = decide(carol, request_id, second, "me too")
    assert answer.status_code == 409
    words = "approved" if first == "approve" else "declined"
    assert f"bob@example.com {words} this request at {now():%Y-%m-%d}" in text(answer)
    assert 'name="comment"' not in text(answer)
    assert len(simulated.calls.of(SET)) == writes


def test_the_same_decision_sent_twice_counts_once(alice: Any, bob: Any, simulated: Any) -> None:
    request_id = pending_request(alice)
    decide(bob, request_id, "approve")
    assert decide(bob, request_id, "approve").status_code == 302
    assert "You already made this decision" in text(bob.get(QUEUE))
    assert len(simulated.calls.of(SET)) == 1


def test_a_request_that_expired_meanwhile_is_refused_with_the_reason(alice: Any, bob: Any) -> None:
    request_id = pending_request(alice)
    rewrite(Request.objects, expires_at=now() - timedelta(seconds=1))
    answer = decide(bob, request_id, "approve")
    assert answer.status_code == 409
    assert "This request expired at" in text(answer)


def test_a_manager_may_decide_requests_to_other_reviewers(
    alice: Any, person: Any, settings: Any, simulated: Any
) -> None:
    settings.REVIEWERS = ("user:maria@example.com",)
    maria = person("maria@example.com")
    request_id = pending_request(alice)
    assert shown(maria, "pending") == [request_id]
    assert decide(maria, request_id, "approve").status_code == 302
    assert len(simulated.calls.of(SET)) == 1


def test_administrators_are_refused_by_the_service_too(alice: Any, olga: Any) -> None:
    request_id = pending_request(alice)
    answer = decide(olga, request_id, "approve")
    assert answer.status_code == 403
    assert "does not permit approval by olga@example.com" in text(answer)
    assert state(request_id) == "pending"


def test_nobody_decides_their_own_request(person: Any, settings: Any) -> None:
    settings.REVIEWERS = ("user:alice@example.com",)
    alice = person("alice@example.com")
    request_id = pending_request(alice)
    assert "This is your own request" in text(alice.get(record_of(request_id)))
    assert decide(alice, request_id, "approve").status_code == 403
    assert state(request_id) == "pending"


def test_other_peoples_requests_are_not_found(alice: Any, carol: Any, charlie: Any) -> None:
    pending_request(alice, "carol@example.com")
    rewrite(Request.objects, minutes=10)
    foreign = pending_request(
        alice, "bob@example.com", entitlementId=f"{PROJECT}:roles/compute.instanceAdmin.v1"
    )
    assert decide(carol, foreign, "approve").status_code == 404
    assert decide(charlie, foreign, "approve").status_code == 403
    assert state(foreign) == "pending"


def test_an_unknown_form_decides_nothing(alice: Any, bob: Any) -> None:
    request_id = pending_request(alice)
    strict = type(bob)(bob.simulated, bob.email)
    strict.handler = Client(enforce_csrf_checks=True).handler
    for address in (f"{QUEUE}{request_id}/approve/", QUEUE):
        sent = {"action": "approve_selected", "_selected_action": request_id, "confirmed": "yes"}
        assert strict.post(address, sent).status_code == 403
    assert state(request_id) == "pending"
    strict.get(record_of(request_id))
    token = {"csrfmiddlewaretoken": strict.cookies["__Host-csrftoken"].value}
    answer = strict.post(f"{QUEUE}{request_id}/approve/", token)
    assert answer.status_code == 302
    assert state(request_id) == "approved"


def test_an_approval_that_google_has_not_confirmed_is_reported(
    alice: Any, bob: Any, simulated: Any, no_retry_delay: Any
) -> None:
    request_id = pending_request(alice)
    simulated.faults.add(SET, status=503, times=None)
    assert decide(bob, request_id, "approve").status_code == 302
    assert "Google has not confirmed" in text(bob.get(QUEUE))
    assert Grant.objects.get().state == "provisioning"


def test_a_definite_refusal_of_google_is_reported(alice: Any, bob: Any, simulated: Any) -> None:
    request_id = pending_request(alice)
    simulated.faults.add(SET, status=403, message="no way", times=None)
    answer = decide(bob, request_id, "approve")
    assert answer.status_code == 403
    assert "no way" in text(answer)
    assert "Failed" in text(bob.get(record_of(request_id)))
    assert "no way" in Grant.objects.get().failure
