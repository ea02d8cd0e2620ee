"""An approval in stages at the same moment as something else that decides: exactly one of both happens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection

from activations.evidence.verification import verify
from activations.models import Grant, Request, Review
from activations.services.expiry import expire_due
from activations.services.reminders import remind_due
from eligibility import providers
from googlecloud.calls import Deadline
from simulator import Simulator
from tests.activations.evidence.recorded_history import differences
from tests.conftest import PersonClient
from tests.journeys.approvals import SET, decide
from tests.journeys.glass import BREAK_GLASS, EMERGENCY
from tests.journeys.policies import Activate, policy
from tests.journeys.shop import ACTIVATE, activation_body
from tests.journeys.stages import LEADS, OWNER, TWO_LEADS, approve, requested, rule, staff
from tests.journeys.test_at_the_same_moment import all_at_once
from tests.journeys.test_deputies import name
from tests.moments import now

__all__ = ["policy"]

# More tries on PostgreSQL, which locks rows; SQLite has one writer at a time.
TRIES = 8 if connection.vendor == "postgresql" else 3
Client = Callable[[str], PersonClient]

pytestmark = pytest.mark.slow


@pytest.fixture
def client(simulated: Simulator, transactional_db: None) -> Client:
    staff(simulated)
    simulated.company.add_user("dan@example.com")
    return partial(PersonClient, simulated)


@pytest.fixture(autouse=True)
def _evidence_holds(transactional_db: None) -> Iterator[None]:
    yield
    assert not verify().problem
    assert not differences()


def half_approved(client: Client, number: int) -> str:
    """Request approval by two leads, of whom the first approved; return the id of the request."""
    request_id = requested(client("alice@example.com"), activationTimeout=1 + number)
    assert approve(client(LEADS[0]), request_id).status_code == 200
    return request_id


def settle(client: Client, request_id: str, *, is_granted: bool, writes: int) -> str:
    """Check that grants and writes fit the outcome, end the access, and return the request's state."""
    alice = client("alice@example.com")
    assert Grant.objects.filter(request_id=request_id).count() == int(is_granted)
    assert len(alice.simulated.calls.of(SET)) - writes == int(is_granted)
    end_access(alice)
    return Request.objects.get(pk=request_id).state


def end_access(alice: PersonClient) -> None:
    for grant in Grant.objects.filter(state="active"):
        ended = alice.api_post(f"/api/grants/{grant.pk}/end", {"reason": "next"})
        assert ended.status_code == 200


def test_the_last_approval_and_a_withdrawal_leave_one_outcome(
    client: Client, policy: Activate, simulated: Simulator
) -> None:
    policy(rule(TWO_LEADS))
    for number in range(TRIES):
        request_id = half_approved(client, number)
        writes = len(simulated.calls.of(SET))
        approved, withdrawn = all_at_once(
            partial(approve, client(LEADS[1]), request_id),
            partial(decide, client("alice@example.com"), request_id, "withdraw"),
        )
        assert sorted([approved.status_code, withdrawn.status_code]) == [200, 409]
        won = approved.status_code == 200
        state = settle(client, request_id, is_granted=won, writes=writes)
        assert state == ("approved" if won else "withdrawn")


def test_the_last_approval_and_the_expiry_leave_one_outcome(
    client: Client, policy: Activate, simulated: Simulator
) -> None:
    policy(rule(TWO_LEADS))
    for number in range(TRIES):
        request_id = half_approved(client, number)
        writes = len(simulated.calls.of(SET))
        approved, expired = all_at_once(
            partial(approve, client(LEADS[1]), request_id),
            partial(expire_due, now=now() + timedelta(days=8)),
        )
        won = approved.status_code == 200
        assert (approved.status_code, expired) in {(200, 0), (409, 1)}
        state = settle(client, request_id, is_granted=won, writes=writes)
        assert state == ("approved" if won else "expired")


def test_the_last_approval_and_a_stricter_policy_never_grant_against_it(
    client: Client, policy: Activate, simulated: Simulator
) -> None:
    stricter = rule('stages: [{from: ["group:leads@example.com"], count: 3}]', name="stricter")
    for number in range(TRIES):
        policy(rule(TWO_LEADS))
        request_id = half_approved(client, number)
        writes = len(simulated.calls.of(SET))
        approved, _ = all_at_once(
            partial(approve, client(LEADS[1]), request_id), partial(policy, stricter)
        )
        won = approved.status_code == 200
        assert approved.status_code in {200, 409}
        assert Request.objects.get(pk=request_id).state == ("approved" if won else "pending")
        settle(client, request_id, is_granted=won, writes=writes)
        if won:
            assert Request.objects.get(pk=request_id).granted_rule == "strict"
        else:
            assert approve(client(LEADS[1]), request_id).status_code == 409
            assert decide(client("alice@example.com"), request_id, "withdraw").status_code == 200


def test_a_reviewer_and_their_deputy_at_once_count_once(client: Client, policy: Activate) -> None:
    policy(rule(TWO_LEADS))
    lead, dan = client(LEADS[0]), client("dan@example.com")
    assert lead.get("/").status_code == dan.get("/").status_code == 200
    assert name(lead).status_code == 200
    for number in range(TRIES):
        request_id = requested(client("alice@example.com"), activationTimeout=1 + number)
        answers = all_at_once(partial(approve, lead, request_id), partial(approve, dan, request_id))
        assert sorted(answer.status_code for answer in answers) == [200, 403]
        assert Review.objects.filter(request_id=request_id).count() == 1
        assert Request.objects.get(pk=request_id).state == "pending"
        assert decide(client("alice@example.com"), request_id, "withdraw").status_code == 200


def test_an_approval_and_an_escalation_keep_both(client: Client, policy: Activate) -> None:
    policy(rule(f'{TWO_LEADS}, escalate: {{after: 10m, to: ["user:{OWNER}"]}}'))
    read = providers.group_members().people
    for number in range(TRIES):
        request_id = requested(client("alice@example.com"), activationTimeout=1 + number)
        approved, counts = all_at_once(
            partial(approve, client(LEADS[0]), request_id),
            partial(
                remind_due,
                now=now() + timedelta(minutes=11),
                deadline=Deadline(45),
                read_groups=read,
            ),
        )
        assert (approved.status_code, counts.escalated) == (200, 1)
        assert approve(client(OWNER), request_id).json()["status"] == "ACTIVE"
        end_access(client("alice@example.com"))


def test_break_glass_sent_twice_at_once_opens_one_after_review(
    client: Client, policy: Activate, simulated: Simulator
) -> None:
    policy(f"name: night, when: {{projects: [shop-prod]}}, {BREAK_GLASS}")
    alice = client("alice@example.com")
    body = activation_body(minutes=30, justification=EMERGENCY) | {"breakGlass": True}
    send = partial(alice.api_post, ACTIVATE, body, **{"Idempotency-Key": "night"})
    answers = all_at_once(*[send] * 4)
    assert {answer.status_code for answer in answers} == {200}
    assert Request.objects.get().break_glass
    assert len(simulated.calls.of(SET)) == 1
    assert alice.api_get(f"/api/requests/{Request.objects.get().pk}").json()["afterReview"]
