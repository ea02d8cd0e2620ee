"""Mails after addresses have moved, and records of version 0.1.0 without address rows."""

from __future__ import annotations

from typing import Any

import pytest

from activations.models import Address, Grant, OutboxMessage, User
from activations.notifications.mail_server import MailServer
from simulator import Simulator
from tests.activations.notifications.smtp_server import any_port
from tests.journeys.accounts import Account
from tests.journeys.approvals import decide, pending_request
from tests.journeys.renamed import ALICE, ALICIA, BOB, ROBERT
from tests.journeys.shop import count_activations


class TestMails:
    """Mails go to people's present addresses, not to the next owner of a former address."""

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

    def test_follow_renamed_accounts(self, alice_account: Account, reviewer: Account) -> None:
        reviewer.get("/activity")
        request_id = pending_request(alice_account, BOB)
        alice_account.rename(ALICIA)
        reviewer.rename(ROBERT)
        for person in (alice_account, reviewer):
            person.get("/activity")
        assert decide(reviewer, request_id, "approve").status_code == 200
        assert self.recipients("ActivationApproved") == [ALICIA, ROBERT]
        alice_account.api_post(f"/api/grants/{Grant.objects.get().pk}/end", {})
        assert self.recipients("AccessEnded") == [ALICIA, ROBERT]

    def test_are_not_sent_to_the_next_owner(
        self, alice_account: Account, next_owner: Account, reviewer: Account, simulated: Simulator
    ) -> None:
        reviewer.get("/activity")
        request_id = pending_request(alice_account)
        next_owner.get("/activity")
        Account(simulated, BOB, subject="4", later=10).get("/activity")
        carol = Account(simulated, "carol@example.com", subject="5")
        assert decide(carol, request_id, "decline", "no").status_code == 200
        assert self.recipients("RequestDeclined") == ["carol@example.com"]


class TestRecordsOfVersion010:
    """During an upgrade, version 0.1.0 creates people without address rows."""

    def test_a_request_of_a_person_without_an_address_row_is_approved(
        self, alice_account: Account, reviewer: Account, simulated: Simulator
    ) -> None:
        request_id = pending_request(alice_account)
        reviewer.get("/activity")
        Address.objects.filter(email=ALICE).delete()
        answer = decide(reviewer, request_id, "approve")
        assert answer.status_code == 200, answer.content
        assert Address.objects.get(email=ALICE, until=None).person.subject == alice_account.subject
        assert count_activations(simulated, ALICE, "roles/iam.securityAdmin") == 1

    def test_a_person_renamed_in_version_010_must_open_this_version_once(
        self, alice_account: Account, reviewer: Account
    ) -> None:
        request_id = pending_request(alice_account)
        User.objects.filter(subject=alice_account.subject).update(email=ALICIA)
        answer = decide(reviewer, request_id, "approve")
        assert answer.status_code == 409
        assert "must open JIT Access once" in answer.json()["message"]
        assert "another account" not in answer.json()["message"]

    def test_requests_of_two_accounts_with_one_address_and_no_rows_are_not_approved(
        self, alice_account: Account, reviewer: Account
    ) -> None:
        request_id = pending_request(alice_account)
        person = User.objects.get(subject=alice_account.subject)
        Address.objects.filter(person=person).delete()
        seen = {"first_seen": person.first_seen, "last_seen": person.last_seen}
        User.objects.create(subject="accounts.google.com:9", email=ALICE, **seen)
        assert decide(reviewer, request_id, "approve").status_code == 409
        assert not Grant.objects.exists()
