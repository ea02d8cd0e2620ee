"""A stop is of an account: it follows a rename, and leaves the next owner of the address alone."""

from __future__ import annotations

from typing import Any

import pytest

from activations.models import Event
from simulator import Simulator
from tests.journeys.accounts import Account
from tests.journeys.approvals import ask
from tests.journeys.shop import PROJECT, activate, ours

ALICE, BOB, NEW = "alice@example.com", "bob@example.com", "alicia@example.com"
STOP = "/admin/stop-person/"


@pytest.fixture
def first(simulated: Simulator, db: None) -> Account:
    """Alice."""
    return Account(simulated, ALICE, subject="1")


@pytest.fixture
def second(simulated: Simulator, db: None) -> Account:
    """Whoever has Alice's address after her."""
    return Account(simulated, ALICE, subject="2", later=10)


@pytest.fixture
def reviewer(simulated: Simulator, db: None) -> Account:
    return Account(simulated, BOB, subject="3")


def standing(simulated: Simulator, email: str, role: str = "roles/compute.admin") -> int:
    return len(ours(simulated.company.policy(PROJECT), email, role))


class TestAfterAStop:
    def test_the_next_owner_of_the_address_is_not_stopped_but_can_be(
        self, first: Account, second: Account, olga: Any, simulated: Simulator
    ) -> None:
        first.get("/activity")
        stop = {"email": ALICE, "reason": "stolen", "action": "stop"}
        assert olga.post(STOP, stop).status_code == 200
        assert second.get("/activity").status_code == 200
        assert activate(second).status_code == 200
        assert olga.post(STOP, stop).status_code == 200
        assert second.get("/activity").status_code == 403
        assert standing(simulated, ALICE) == 0
        assert Event.objects.filter(kind="person.stopped").count() == 2

    def test_the_next_owner_can_be_asked_to_review(
        self, first: Account, second: Account, reviewer: Account, olga: Any
    ) -> None:
        first.get("/activity")
        olga.post(STOP, {"email": ALICE, "reason": "stolen", "action": "stop"})
        assert ask(reviewer, ALICE).status_code == 400
        second.get("/activity")
        assert ask(reviewer, ALICE).status_code == 200

    def test_lifting_it_for_the_next_owner_leaves_the_former_stopped(
        self, first: Account, second: Account, olga: Any
    ) -> None:
        first.get("/activity")
        olga.post(STOP, {"email": ALICE, "reason": "stolen", "action": "stop"})
        second.get("/activity")
        lifted = olga.post(STOP, {"email": ALICE, "reason": "ok", "action": "resume"})
        assert lifted.status_code == 409
        first.rename(NEW, in_groups=False)
        assert first.get("/activity").status_code == 403
        assert (
            olga.post(STOP, {"email": NEW, "reason": "ok", "action": "resume"}).status_code == 302
        )
        assert first.get("/activity").status_code == 200
