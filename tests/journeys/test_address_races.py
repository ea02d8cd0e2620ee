"""An address moves to another account while requests are decided, with concurrent database connections."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from threading import Event as Signal
from typing import Any

import pytest
from django.db import connections, transaction

from activations.models import Address, Grant, Request, User
from simulator import Simulator
from tests.conftest import PersonClient
from tests.jitaccess.anybody import call
from tests.journeys.approvals import decide, pending_request
from tests.journeys.renamed import ALICE, check_evidence, new_account_at
from tests.journeys.shop import PROJECT, activations_of
from tests.journeys.test_at_the_same_moment import all_at_once

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

SECURITY_ROLE = "roles/iam.securityAdmin"


@pytest.fixture(autouse=True)
def _evidence(transactional_db: None) -> Iterator[None]:
    """Verify after each test that the rows match their events."""
    yield
    check_evidence()


def shows(simulated: Simulator, sub: str, *, later: int = 0) -> Callable[[], Any]:
    issued = int(time.time()) + later
    token = simulated.assertion(
        ALICE, sub=f"accounts.google.com:{sub}", iat=issued, exp=issued + 600
    )
    return lambda: call(token)


def test_two_accounts_that_show_one_address_at_once_leave_one_owner(simulated: Simulator) -> None:
    jobs = [shows(simulated, str(number), later=number) for number in range(6)]
    answers = all_at_once(*jobs)
    assert {answer.status_code for answer in answers} <= {200, 403}
    owned = Address.objects.get(email=ALICE, until=None)
    assert owned.person.subject == "accounts.google.com:5"
    assert answers[5].status_code == 200


def test_assertions_of_the_same_second_leave_one_owner(simulated: Simulator) -> None:
    """IAP's times are whole seconds: the first account keeps the address, the others are refused."""
    answers = all_at_once(*[shows(simulated, str(number)) for number in range(6)])
    assert sorted(answer.status_code for answer in answers) == [200, *[403] * 5]
    assert Address.objects.filter(email=ALICE, until=None).count() == 1


def test_one_account_that_shows_two_addresses_at_once_has_one(simulated: Simulator) -> None:
    tokens = [
        simulated.assertion(email, sub="accounts.google.com:1")
        for email in [ALICE, "alicia@example.com"] * 3
    ]
    answers = all_at_once(*[lambda token=token: call(token) for token in tokens])
    assert {answer.status_code for answer in answers} == {200}
    assert Address.objects.filter(until=None).count() == 1
    assert Address.objects.get(until=None).email == User.objects.get().email


def test_an_address_that_moves_during_an_approval_gives_its_next_owner_nothing(
    alice: PersonClient, bob: PersonClient, simulated: Simulator
) -> None:
    request_id = pending_request(alice)
    newcomer = new_account_at(simulated)
    simulated.latency = 0.02
    approval, _ = all_at_once(
        lambda: decide(bob, request_id, "approve"), lambda: newcomer.api_get("/api/policy")
    )
    assert newcomer.api_get("/api/grants").json()["grants"] == []
    bound = activations_of(simulated.company.policy(PROJECT), ALICE, SECURITY_ROLE)
    if approval.status_code == 200:
        assert len(bound) == 1
        holder = Grant.objects.get().request.beneficiary
        assert holder is not None
        assert holder.addresses.get().email == ALICE
    else:
        assert "belongs to another account now" in approval.json()["message"]
        assert bound == []


def test_a_decision_waits_for_an_address_that_is_moving(
    alice: PersonClient, bob: PersonClient, simulated: Simulator
) -> None:
    """The row of the address is locked. After the move, the approval is refused."""
    request_id = pending_request(alice)
    bob.api_get("/api/policy")
    moving = Signal()

    def move() -> None:
        with transaction.atomic():
            row = Address.objects.select_for_update().get(email=ALICE, until=None)
            Address.objects.filter(pk=row.pk).update(until=row.since)
            moving.set()
            wait_for_a_blocked_connection()

    def approve() -> Any:
        moving.wait(timeout=20)
        return decide(bob, request_id, "approve")

    _, answer = all_at_once(move, approve)
    assert answer.status_code == 409, answer.content
    assert Request.objects.get().state == "pending"
    assert not Grant.objects.exists()


def wait_for_a_blocked_connection() -> None:
    """Wait until the database reports a connection that waits for a lock.

    :raises AssertionError: when there is none within 15 seconds.
    """
    until = time.monotonic() + 15
    while time.monotonic() < until:
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
            if cursor.fetchone()[0]:
                return
        Signal().wait(0.05)
    raise AssertionError("Nobody waits for the lock of the address")
