"""The mails about access that starts later: scheduled, withdrawn, not started."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest

from activations.models import Grant, OutboxMessage
from activations.notifications.instants import for_people
from activations.notifications.mail_texts import MailTexts, mail_texts
from simulator import Simulator
from tests.activations.notifications.smtp_server import SmtpServer
from tests.conftest import PersonClient
from tests.journeys.approvals import decide, pending_request
from tests.journeys.schedules import (
    HOUR,
    in_seconds,
    lose_eligibility,
    run_starts,
    scheduled_request,
)

pytestmark = pytest.mark.one_database


ALICE, BOB = "alice@example.com", "bob@example.com"


@pytest.fixture(autouse=True)
def _mails(smtp: SmtpServer) -> None:
    """Mails are configured."""


def mail(kind: str) -> tuple[OutboxMessage, MailTexts]:
    message = OutboxMessage.objects.get(kind=kind, channel="mail")
    return message, mail_texts(message, UTC)


def in_one_line(text: str) -> str:
    return " ".join(text.split())


def test_the_requester_reads_when_own_access_starts(alice: PersonClient) -> None:
    scheduled_request(alice)
    message, texts = mail("AccessScheduled")
    assert message.recipients == {"to": [ALICE], "cc": []}
    assert message.payload["subject"] == f"Access of {ALICE} to project shop-prod is scheduled"
    start = for_people(Grant.objects.get().start_time, UTC)
    for text in (in_one_line(texts.html), in_one_line(texts.text)):
        assert f"Access starts at {start} if {ALICE} is still eligible then." in text
        assert "IAM may need some minutes until it takes effect." in text
    assert f"Start: {start}" in in_one_line(texts.text)


def test_reviewers_read_the_wanted_start_and_the_requester_who_approved(
    alice: PersonClient, bob: PersonClient
) -> None:
    request_id = pending_request(alice, startTime=in_seconds(HOUR))
    _, asking = mail("RequestActivation")
    assert "or, if it is later, at the approval" in in_one_line(asking.text)
    decide(bob, request_id, "approve", "fine")
    message, texts = mail("AccessScheduled")
    assert message.recipients == {"to": [ALICE], "cc": []}
    assert f"{BOB} approved the request of {ALICE}" in in_one_line(texts.html)
    assert "> fine" in texts.text
    decide(alice, request_id, "withdraw", "not needed")
    message, texts = mail("RequestWithdrawn")
    assert message.recipients == {"to": [BOB, "carol@example.com"], "cc": [ALICE]}
    assert f"{ALICE} withdrew the request" in in_one_line(texts.text)


def test_requester_and_approver_read_why_it_did_not_start(
    alice: PersonClient, bob: PersonClient, simulated: Simulator
) -> None:
    request_id = pending_request(alice, startTime=in_seconds(HOUR))
    decide(bob, request_id, "approve")
    lose_eligibility(simulated, "roles/iam.securityAdmin")
    run_starts()
    message, texts = mail("ActivationFailed")
    assert message.recipients == {"to": [ALICE], "cc": [BOB]}
    assert "is not allowed to activate" in in_one_line(texts.text)


def test_the_holder_alone_reads_why_an_own_activation_did_not_start(
    alice: PersonClient, simulated: Simulator
) -> None:
    scheduled_request(alice)
    lose_eligibility(simulated, "roles/compute.admin")
    run_starts()
    message, _ = mail("ActivationFailed")
    said: dict[str, Any] = message.recipients
    assert said == {"to": [ALICE], "cc": []}
