"""Several people decide on a request with stages at the same moment: exact counts and one write."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from django.db import connection

from activations.models import Grant, Request, Review
from simulator import Simulator
from tests.activations.evidence.recorded_history import differences
from tests.conftest import PersonClient
from tests.journeys.approvals import SET, decide
from tests.journeys.policies import Activate, policy
from tests.journeys.stages import (
    LEAD_THEN_SECURITY,
    LEADS,
    SECURITY,
    approve,
    requested,
    rule,
    staff,
)
from tests.journeys.test_at_the_same_moment import all_at_once
from tests.rewriting import rewrite

__all__ = ["policy"]

# More tries on PostgreSQL, which locks rows; SQLite has one writer at a time.
TRIES = 12 if connection.vendor == "postgresql" else 4
Client = Callable[[str], PersonClient]

pytestmark = pytest.mark.slow


@pytest.fixture
def client(simulated: Simulator, transactional_db: None) -> Client:
    staff(simulated)
    return partial(PersonClient, simulated)


def test_approvals_of_one_stage_at_once_are_counted_exactly_and_one_writes(
    client: Client, policy: Activate, simulated: Simulator
) -> None:
    policy(rule('stages: [{from: ["group:leads@example.com"], count: 3}]'))
    for number in range(TRIES):
        request_id = requested(client("alice@example.com"), activationTimeout=1 + number)
        writes = len(simulated.calls.of(SET))
        answers = all_at_once(*(partial(approve, client(email), request_id) for email in LEADS))
        assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 409]
        assert Review.objects.filter(request_id=request_id).count() == 3
        assert Grant.objects.get(request_id=request_id).state == "active"
        assert len(simulated.calls.of(SET)) - writes == 1
        rewrite(Grant.objects.filter(state="active"), state="ended", end_reason="revoked")


def test_two_approvals_of_the_last_place_at_once_make_one_write(
    client: Client, policy: Activate, simulated: Simulator
) -> None:
    policy(rule(LEAD_THEN_SECURITY))
    for number in range(TRIES):
        request_id = requested(client("alice@example.com"), activationTimeout=1 + number)
        assert approve(client(LEADS[0]), request_id).status_code == 200
        writes = len(simulated.calls.of(SET))
        answers = all_at_once(*(partial(approve, client(email), request_id) for email in SECURITY))
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        assert Review.objects.filter(request_id=request_id, stage=2).count() == 1
        assert len(simulated.calls.of(SET)) - writes == 1
        rewrite(Grant.objects.filter(state="active"), state="ended", end_reason="revoked")


def test_one_person_who_approves_several_times_at_once_counts_once(
    client: Client, policy: Activate
) -> None:
    policy(rule('stages: [{from: ["group:leads@example.com"], count: 2}]'))
    request_id = requested(client("alice@example.com"))
    answers = all_at_once(*[partial(approve, client(LEADS[0]), request_id)] * 4)
    assert [answer.status_code for answer in answers] == [200] * 4
    assert Review.objects.count() == 1
    assert Request.objects.get().state == "pending"


def test_an_approval_and_a_decline_at_once_leave_one_outcome(
    client: Client, policy: Activate, simulated: Simulator
) -> None:
    policy(rule('stages: [{from: ["group:leads@example.com"], count: 2}]'))
    for number in range(TRIES):
        request_id = requested(client("alice@example.com"), activationTimeout=1 + number)
        assert approve(client(LEADS[0]), request_id).status_code == 200
        writes = len(simulated.calls.of(SET))
        approved, declined = all_at_once(
            partial(approve, client(LEADS[1]), request_id),
            partial(decide, client(LEADS[2]), request_id, "decline", "no"),
        )
        assert sorted([approved.status_code, declined.status_code]) == [200, 409]
        is_granted = approved.status_code == 200
        assert Request.objects.get(pk=request_id).state == (
            "approved" if is_granted else "declined"
        )
        assert Grant.objects.filter(request_id=request_id).count() == int(is_granted)
        assert len(simulated.calls.of(SET)) - writes == int(is_granted)
        rewrite(Grant.objects.filter(state="active"), state="ended", end_reason="revoked")


def test_a_decline_wins_over_approvals_that_complete_nothing(
    client: Client, policy: Activate
) -> None:
    policy(rule('stages: [{from: ["group:leads@example.com"], count: 3}]'))
    for number in range(TRIES):
        request_id = requested(client("alice@example.com"), activationTimeout=1 + number)
        approved, declined = all_at_once(
            partial(approve, client(LEADS[1]), request_id),
            partial(decide, client(LEADS[2]), request_id, "decline", "no"),
        )
        assert declined.status_code == 200
        assert approved.status_code in {200, 409}
        assert Request.objects.get(pk=request_id).state == "declined"
    assert not Grant.objects.exists()
    assert not differences()
