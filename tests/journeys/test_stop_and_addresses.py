"""A stop applies to an account: it follows a rename and does not affect the next owner of the address."""

from __future__ import annotations

from typing import Any

from activations.models import Event
from simulator import Simulator
from tests.journeys.accounts import Account
from tests.journeys.approvals import ask
from tests.journeys.renamed import ALICE, ALICIA
from tests.journeys.shop import activate, count_activations

STOP = "/admin/stop-person/"


class TestAfterAStop:
    def test_the_next_owner_of_the_address_is_not_stopped_but_can_be(
        self, alice_account: Account, next_owner: Account, olga: Any, simulated: Simulator
    ) -> None:
        alice_account.get("/activity")
        stop = {"email": ALICE, "reason": "stolen", "action": "stop"}
        assert olga.post(STOP, stop).status_code == 200
        assert next_owner.get("/activity").status_code == 200
        assert activate(next_owner).status_code == 200
        assert olga.post(STOP, stop).status_code == 200
        assert next_owner.get("/activity").status_code == 403
        assert count_activations(simulated, ALICE) == 0
        assert Event.objects.filter(kind="person.stopped").count() == 2

    def test_the_next_owner_can_be_asked_to_review(
        self, alice_account: Account, next_owner: Account, reviewer: Account, olga: Any
    ) -> None:
        alice_account.get("/activity")
        olga.post(STOP, {"email": ALICE, "reason": "stolen", "action": "stop"})
        assert ask(reviewer, ALICE).status_code == 400
        next_owner.get("/activity")
        assert ask(reviewer, ALICE).status_code == 200

    def test_lifting_it_for_the_next_owner_leaves_the_former_stopped(
        self, alice_account: Account, next_owner: Account, olga: Any
    ) -> None:
        alice_account.get("/activity")
        olga.post(STOP, {"email": ALICE, "reason": "stolen", "action": "stop"})
        next_owner.get("/activity")
        lifted = olga.post(STOP, {"email": ALICE, "reason": "ok", "action": "resume"})
        assert lifted.status_code == 409
        alice_account.rename(ALICIA, in_groups=False)
        assert alice_account.get("/activity").status_code == 403
        assert (
            olga.post(STOP, {"email": ALICIA, "reason": "ok", "action": "resume"}).status_code
            == 302
        )
        assert alice_account.get("/activity").status_code == 200
