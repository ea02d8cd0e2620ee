"""Mails, and what version 0.1.0 recorded, when addresses have moved."""

from __future__ import annotations

from typing import Any

import pytest

from activations.models import Address, Grant, OutboxMessage, User
from activations.notifications.mail_server import MailServer
from simulator import Simulator
from tests.activations.notifications.post_office import any_port
from tests.journeys.accounts import Account
from tests.journeys.approvals import asked, decide
from tests.journeys.shop import PROJECT, ours

ALICE, BOB, NEW = "alice@example.com", "bob@example.com", "alicia@example.com"


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


class TestMails:
    """They reach people under the address that they have now, and nobody who has it after them."""

    @pytest.fixture(autouse=True)
    def _mails(self, settings: Any) -> None:
        settings.MAIL_SERVER = MailServer(
            host="127.0.0.1",
            port=any_port(),
            sender_address="jit@example.com",
            sender_name="JIT Access",
            username="",
            password="",
            timeout=1,
            local_hostname="app.example.com",
        )

    def recipients(self, kind: str) -> list[str]:
        sent = OutboxMessage.objects.get(kind=kind, channel="mail").recipients
        return sorted(sent["to"] + sent["cc"])

    def test_follow_who_was_renamed(self, first: Account, reviewer: Account) -> None:
        reviewer.get("/activity")
        request_id = asked(first, BOB)
        first.rename(NEW)
        reviewer.rename("robert@example.com")
        for person in (first, reviewer):
            person.get("/activity")
        assert decide(reviewer, request_id, "approve").status_code == 200
        assert self.recipients("ActivationApproved") == [NEW, "robert@example.com"]
        first.api_post(f"/api/grants/{Grant.objects.get().pk}/end", {})
        assert self.recipients("AccessEnded") == [NEW, "robert@example.com"]

    def test_tell_the_next_owner_nothing(
        self, first: Account, second: Account, reviewer: Account, simulated: Simulator
    ) -> None:
        reviewer.get("/activity")
        request_id = asked(first)
        second.get("/activity")
        Account(simulated, BOB, subject="4", later=10).get("/activity")
        carol = Account(simulated, "carol@example.com", subject="5")
        assert decide(carol, request_id, "decline", "no").status_code == 200
        assert self.recipients("RequestDeclined") == ["carol@example.com"]


class TestWhatVersion010Left:
    """It runs beside this version and makes people without rows of addresses."""

    def test_a_request_of_somebody_without_an_address_row_is_approved(
        self, first: Account, reviewer: Account, simulated: Simulator
    ) -> None:
        request_id = asked(first)
        reviewer.get("/activity")
        Address.objects.filter(email=ALICE).delete()
        answer = decide(reviewer, request_id, "approve")
        assert answer.status_code == 200, answer.content
        assert Address.objects.get(email=ALICE, until=None).person.subject == first.subject
        assert standing(simulated, ALICE, "roles/iam.securityAdmin") == 1

    def test_who_was_renamed_there_must_open_this_version_once(
        self, first: Account, reviewer: Account
    ) -> None:
        request_id = asked(first)
        User.objects.filter(subject=first.subject).update(email=NEW)
        answer = decide(reviewer, request_id, "approve")
        assert answer.status_code == 409
        assert "must open JIT Access once" in answer.json()["message"]
        assert "another account" not in answer.json()["message"]

    def test_two_accounts_without_rows_and_one_address_are_approved_for_nobody(
        self, first: Account, reviewer: Account
    ) -> None:
        request_id = asked(first)
        person = User.objects.get(subject=first.subject)
        Address.objects.filter(person=person).delete()
        seen = {"first_seen": person.first_seen, "last_seen": person.last_seen}
        User.objects.create(subject="accounts.google.com:9", email=ALICE, **seen)
        assert decide(reviewer, request_id, "approve").status_code == 409
        assert not Grant.objects.exists()
