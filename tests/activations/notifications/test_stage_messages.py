"""Messages about stages of approval: who gets them, their words, and what programs read."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest

from activations.domain.states import Decision
from activations.models import OutboxMessage, Request
from activations.notifications.announce import announce, announce_to
from activations.notifications.delivery import deliver_due
from activations.notifications.kinds import Announcement
from tests.activations.notifications.rows import (
    NOW,
    Clock,
    grant,
    jit_request,
    mpa_request,
    review,
    reviewer,
)
from tests.activations.notifications.smtp_server import SmtpServer
from tests.activations.notifications.stages import LEADS, staged
from tests.activations.notifications.test_mail import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

ALICE, FRANK, MARIA = "alice@example.com", "frank@example.com", "maria@example.com"
STAGE = {"stage", "stages", "needed", "given", "approvers"}
LATER = NOW + timedelta(hours=1)


def mailed(smtp: SmtpServer, clock: Clock) -> EmailMessage:
    assert deliver_due(clock=clock).delivered == 1
    return smtp.mails[-1]


def recipients(mail: EmailMessage) -> tuple[list[str], list[str]]:
    to, cc = (
        [a.addr_spec for a in mail[name].addresses] if mail[name] else [] for name in ("To", "Cc")
    )
    return to, cc


def properties(topic: str) -> dict[str, Any]:
    said: dict[str, Any] = OutboxMessage.objects.get(channel="pubsub").payload["properties"]
    return said


def in_second_stage() -> Request:
    """Bob and Carol approved; the second stage waits for Frank."""
    request = staged()
    for email in LEADS:
        review(request, Decision.APPROVED, by=email)
    Request.objects.filter(pk=request.pk).update(stage=2, stage_opened_at=LATER)
    request.refresh_from_db()
    reviewer(request, FRANK)
    return request


def test_the_mail_of_a_request_says_the_stage_and_how_many_must_approve(
    smtp: SmtpServer, clock: Clock
) -> None:
    request = staged()
    reviewer(request, FRANK, is_notified=False)
    announce(Announcement.REQUESTED, request=request, now=NOW)
    mail = mailed(smtp, clock)
    assert recipients(mail) == ([*LEADS], [ALICE])
    assert mail["Subject"] == "alice@example.com requests access to project shop-prod"
    assert mail["Message-ID"] == f"<{request.id}.request@jit.example.com>"
    for kind in ("plain", "html"):
        text = text_of(mail, kind)
        assert "asks you for a review. It needs 2 approvals in stage 1 of 2." in text
        assert "tage 1 of 2, 0 of 2 approvals given" in text
        assert "because you may approve the request, or because it is yours" in text
        assert "One approval is enough" not in text
        assert "production" in text


def test_the_mail_of_a_later_stage_goes_to_its_reviewers_as_a_reply(
    smtp: SmtpServer, clock: Clock
) -> None:
    request = in_second_stage()
    announce(Announcement.REQUESTED, request=request, now=NOW)
    mail = mailed(smtp, clock)
    assert recipients(mail) == ([FRANK], [])
    assert mail["Subject"] == "Re: alice@example.com requests access to project shop-prod"
    assert mail["In-Reply-To"] == f"<{request.id}.request@jit.example.com>"
    assert mail["Message-ID"] != mail["In-Reply-To"]
    assert "It needs 1 approval in stage 2 of 2." in text_of(mail, "plain")
    assert "Approved by: bob@example.com, carol@example.com\n" in text_of(mail, "plain")


def test_the_mail_of_a_stage_opened_in_the_second_of_the_request_is_a_reply(
    smtp: SmtpServer, clock: Clock
) -> None:
    request = staged(FRANK, stage=2)
    announce(Announcement.REQUESTED, request=request, now=NOW)
    assert mailed(smtp, clock)["In-Reply-To"] == f"<{request.id}.request@jit.example.com>"


def test_the_mail_of_a_stage_that_is_opened_again_is_no_duplicate(
    smtp: SmtpServer, clock: Clock
) -> None:
    request = staged(stage_opened_at=LATER)
    announce(Announcement.REQUESTED, request=request, now=NOW)
    mail = mailed(smtp, clock)
    assert mail["In-Reply-To"] == f"<{request.id}.request@jit.example.com>"
    assert recipients(mail) == ([*LEADS], [])


def test_the_requester_reads_who_approved_and_what_is_missing(
    smtp: SmtpServer, clock: Clock
) -> None:
    request = staged()
    said = review(request, Decision.APPROVED, "Looks <right>")
    announce(Announcement.APPROVAL_RECORDED, request=request, now=NOW, review=said)
    mail = mailed(smtp, clock)
    assert recipients(mail) == ([ALICE], [])
    assert mail["Subject"] == "Re: alice@example.com requests access to project shop-prod"
    wanted = (
        "bob@example.com approved the request of alice@example.com for the role roles/compute.admin on"
        " project shop-prod. Access is granted after 1 more approval by leads@example.com, then 1 approval"
        " by peers or security@example.com."
    )
    for kind in ("plain", "html"):
        assert wanted in text_of(mail, kind)
        assert "tage 1 of 2, 1 of 2 approvals given" in text_of(mail, kind)
    assert "> Looks <right>" in text_of(mail, "plain")
    assert "Looks &lt;right&gt;" in text_of(mail, "html")


def test_an_approval_that_completed_a_stage_names_the_next_one_only(
    smtp: SmtpServer, clock: Clock
) -> None:
    request = in_second_stage()
    said = request.reviews.order_by("pk").last()
    announce(Announcement.APPROVAL_RECORDED, request=request, now=NOW, review=said)
    text = text_of(mailed(smtp, clock), "plain")
    assert "carol@example.com approved the request" in text
    assert "Access is granted after 1 approval by peers" in text
    assert "Approval:  stage 1 of 2, 2 of 2 approvals given\n" in text


def test_an_approval_that_became_void_is_missing_again(smtp: SmtpServer, clock: Clock) -> None:
    request = staged()
    review(request, Decision.APPROVED, by="carol@example.com", void_at=NOW)
    said = review(request, Decision.APPROVED)
    announce(Announcement.APPROVAL_RECORDED, request=request, now=NOW, review=said)
    text = text_of(mailed(smtp, clock), "plain")
    assert "after 1 more approval by leads@example.com" in text
    assert "carol" not in text


def test_a_reminder_goes_to_those_who_have_not_answered(smtp: SmtpServer, clock: Clock) -> None:
    request = staged()
    announce_to(["carol@example.com"], Announcement.REMINDED, request=request, now=NOW)
    mail = mailed(smtp, clock)
    assert recipients(mail) == (["carol@example.com"], [])
    assert mail["In-Reply-To"] == f"<{request.id}.request@jit.example.com>"
    for kind in ("plain", "html"):
        text = text_of(mail, kind)
        assert "The request for project shop-prod waits for your review" in text
        assert "Your review is still missing." in text
        assert request.url in text
        assert "The request expires on Mon, 2 Mar 2026 13:30:00 GMT." in text


def test_an_escalation_names_who_can_approve_from_then_on(smtp: SmtpServer, clock: Clock) -> None:
    request = staged()
    told = ["carol@example.com", "dave@example.com"]
    announce_to(told, Announcement.ESCALATED, request=request, now=NOW)
    mail = mailed(smtp, clock)
    assert recipients(mail) == (told, [])
    for kind in ("plain", "html"):
        text = text_of(mail, kind)
        assert "The request for project shop-prod was escalated" in text
        assert "From now on, duty@example.com can approve it as well." in text


def test_a_message_to_nobody_is_no_mail(smtp: SmtpServer) -> None:
    announce_to([], Announcement.REMINDED, request=staged(), now=NOW)
    assert not OutboxMessage.objects.exists()


@pytest.mark.parametrize(
    ("kind", "to", "cc"),
    [
        (Announcement.WITHDRAWN, [*LEADS, FRANK], [ALICE]),
        (Announcement.EXPIRED, [*LEADS, FRANK], [ALICE]),
        (Announcement.APPROVED, [ALICE], [*LEADS, FRANK, MARIA]),
        (Announcement.DECLINED, [ALICE], [*LEADS, FRANK, MARIA]),
        (Announcement.ENDED, [ALICE], [*LEADS, MARIA]),
        (Announcement.FAILED, [ALICE], [*LEADS, MARIA]),
    ],
)
def test_other_mails_go_to_all_who_were_asked_and_to_those_who_approved(
    smtp: SmtpServer, clock: Clock, kind: Announcement, to: list[str], cc: list[str]
) -> None:
    request = in_second_stage()
    reviewer(request, MARIA, stage=1, is_notified=False)
    reviewer(request, "erin@example.com", is_notified=False)
    review(request, Decision.APPROVED, by=MARIA, stage=1)
    announce(kind, request=request, now=NOW, grants=[grant(request)])
    assert recipients(mailed(smtp, clock)) == (to, cc)


def test_programs_read_how_far_the_approval_is(topic: str) -> None:
    request = staged(ticket="INC-7", ticket_url="https://t.example.com/INC-7")
    said = review(request, Decision.APPROVED, "Fine")
    announce(Announcement.APPROVAL_RECORDED, request=request, now=NOW, review=said)
    found = properties(topic)
    wanted = {
        "approver": "bob@example.com",
        "actor": "bob@example.com",
        "comment": "Fine",
        "request_id": str(request.id),
        "reviewers": [*LEADS],
        "rule": "production",
        "ticket": "INC-7",
        "ticket_url": "https://t.example.com/INC-7",
        "stage": 1,
        "stages": 2,
        "needed": 2,
        "given": 1,
        "approvers": ["bob@example.com"],
        "approvals": [
            {"from": ["group:leads@example.com"], "needed": 2, "given": 1},
            {"from": ["peers", "group:security@example.com"], "needed": 1, "given": 0},
        ],
    }
    assert {name: found[name] for name in wanted} == wanted


def test_programs_read_who_was_reminded_or_asked_by_an_escalation(topic: str) -> None:
    announce_to(LEADS, Announcement.ESCALATED, request=staged(), now=NOW)
    found = properties(topic)
    assert (found["actor"], found["notified"]) == ("", [*LEADS])
    assert found["escalated_to"] == ["group:duty@example.com"]
    assert found["request_expiry_time"] == "2026-03-02T13:30:00Z"
    assert found.keys() >= STAGE


def test_the_message_of_the_last_approval_names_all_who_approved(topic: str) -> None:
    request = in_second_stage()
    last = review(request, Decision.APPROVED, by=FRANK)
    announce(Announcement.APPROVED, request=request, now=NOW, grants=[grant(request)], review=last)
    found = properties(topic)
    assert (found["approver"], found["approvers"]) == (FRANK, [*LEADS, FRANK])
    assert (found["stage"], found["needed"], found["given"]) == (2, 1, 1)


@pytest.mark.parametrize("kind", list(Announcement))
def test_every_message_names_ticket_and_rule_if_there_are_any(
    topic: str, kind: Announcement
) -> None:
    names = {"ticket", "ticket_url", "rule"}
    values: dict[str, Any] = {
        "ticket": "INC-7",
        "ticket_url": "https://t.example.com/INC-7",
        "rule": "production",
    }
    request = mpa_request(**values)
    announce(kind, request=request, now=NOW, grants=[grant(request)])
    found = properties(topic)
    assert {name: found[name] for name in names} == values
    assert not STAGE & set(found)
    OutboxMessage.objects.all().delete()
    plain = jit_request() if kind is Announcement.SELF_APPROVED else mpa_request()
    announce(kind, request=plain, now=NOW, grants=[grant(plain)])
    assert not (names | STAGE) & set(properties(topic))


def test_a_rule_that_cannot_be_read_prevents_no_message(topic: str) -> None:
    request = staged(policy_sha256="0" * 64)
    announce(Announcement.EXPIRED, request=request, now=NOW)
    found = properties(topic)
    assert found["rule"] == "production"
    assert not STAGE & set(found)
