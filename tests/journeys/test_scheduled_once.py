"""A role is scheduled once for each person: what is refused meanwhile, and what is not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from activations.models import Grant, Request
from tests.journeys.approvals import ask, decide, pending_request
from tests.journeys.schedules import HOUR, in_seconds, run_starts, schedule, scheduled_request
from tests.journeys.shop import ACTIVATE, COMPUTE, PROJECT, activate, activation_body

pytestmark = pytest.mark.one_database


DNS = f"{PROJECT}:roles/dns.admin"
DAY = timedelta(days=1)


def test_a_second_activation_of_a_scheduled_role_is_refused_with_a_link(alice):
    request_id = scheduled_request(alice)
    for answer in (activate(alice), schedule(alice, DNS, COMPUTE), schedule(alice, delay=DAY)):
        assert answer.status_code == 409
        assert f"/requests/{request_id}" in answer.json()["message"]
    assert Request.objects.count() == 1
    assert schedule(alice, DNS).status_code == 200


def test_a_second_request_for_a_scheduled_role_is_refused_with_a_link(alice, bob):
    request_id = pending_request(alice, startTime=in_seconds(HOUR))
    decide(bob, request_id, "approve")
    answer = ask(alice)
    assert answer.status_code == 409
    assert f"/requests/{request_id}" in answer.json()["message"]


def test_a_scheduled_role_may_be_activated_after_it_was_withdrawn(alice):
    request_id = scheduled_request(alice)
    assert decide(alice, request_id, "withdraw").status_code == 200
    assert schedule(alice).status_code == 200


def test_running_access_may_be_extended_before_a_scheduled_start(alice):
    activate(alice, minutes=10)
    grant = Grant.objects.get()
    scheduled_request(alice)
    body = {"activationTimeout": 20, "justification": "more"}
    assert alice.api_post(f"/api/grants/{grant.pk}/extend", body).status_code == 200


def test_a_scheduled_grant_cannot_be_extended_and_an_extension_has_no_start(alice):
    scheduled_request(alice, DNS)
    body = {"activationTimeout": 90, "justification": "more"}
    answer = alice.api_post(f"/api/grants/{Grant.objects.get().pk}/extend", body)
    assert answer.status_code == 409
    assert "is scheduled and has not started" in answer.json()["message"]
    activate(alice, minutes=10)
    running = Grant.objects.get(state="active")
    answer = alice.api_post(
        f"/api/grants/{running.pk}/extend", body | {"startTime": in_seconds(HOUR)}
    )
    assert answer.status_code == 400
    assert "startTime" in answer.json()["message"]


def test_an_approval_is_refused_while_the_role_is_scheduled_otherwise(alice, bob, simulated):
    """The role can be activated with and without approval, so the request waits for its approval."""
    request_id = pending_request(alice, startTime=in_seconds(HOUR))
    everybody = ["user:alice@example.com"]
    simulated.company.bind(
        PROJECT, "roles/iam.securityAdmin", everybody, "has({}.jitAccessConstraint)"
    )
    own = scheduled_request(alice, f"{PROJECT}:roles/iam.securityAdmin")
    answer = decide(bob, request_id, "approve")
    assert answer.status_code in {403, 409}
    assert Request.objects.get(pk=request_id).state == "pending"
    assert Grant.objects.get().request_id != request_id
    assert own != request_id
    run_starts()


def test_break_glass_starts_at_once(alice):
    body = activation_body() | {"breakGlass": True, "startTime": in_seconds(HOUR)}
    answer = alice.api_post(ACTIVATE, body)
    assert answer.status_code == 400
    assert "starts at once" in answer.json()["message"]
    assert not Request.objects.exists()
