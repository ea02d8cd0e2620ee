"""Mails have the right recipients, headers and texts for any typed text."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta, timezone
from email.message import EmailMessage

import pytest
from pytest_django import Settings

from activations.domain.states import Decision
from activations.models import OutboxMessage, Request
from activations.notifications.address_mapping import AddressMapping
from activations.notifications.addresses import NoAddress, mailbox
from activations.notifications.announce import announce
from activations.notifications.delivery import deliver_due
from activations.notifications.kinds import Announcement
from activations.notifications.mail_server import MailServer
from tests.activations.notifications.rows import NOW, Clock, grant, jit_request, mpa_request, review
from tests.activations.notifications.smtp_server import SmtpServer

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


def text_of(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def ask(smtp: SmtpServer, clock: Clock, request: Request) -> EmailMessage:
    announce(Announcement.REQUESTED, request=request, now=NOW)
    assert deliver_due(clock=clock).delivered == 1
    return smtp.mails[-1]


def test_a_request_reaches_its_reviewers_with_a_copy_for_the_beneficiary(
    smtp: SmtpServer, clock: Clock
) -> None:
    request = mpa_request(condition='resource.name == "x"')
    mail = ask(smtp, clock, request)
    assert smtp.envelopes[0].rcpt_tos == [
        *("bob@example.com", "carol@example.com", "alice@example.com"),
    ]
    assert smtp.envelopes[0].mail_from == "jit@example.com"
    assert mail["From"] == "JIT Access <jit@example.com>"
    assert [a.addr_spec for a in mail["To"].addresses] == ["bob@example.com", "carol@example.com"]
    assert [(a.display_name, a.addr_spec) for a in mail["Cc"].addresses] == [
        ("alice@example.com", "alice@example.com")
    ]
    assert mail["Subject"] == "alice@example.com requests access to project shop-prod"
    assert (mail["Precedence"], mail["Auto-Submitted"]) == ("bulk", "auto-generated")
    assert mail["Date"].datetime == NOW
    for kind in ("html", "plain"):
        text = text_of(mail, kind)
        for said in (
            "roles/compute.admin",
            "shop-prod",
            "CASE-123",
            "1 h",
            "Mon, 2 Mar 2026 10:30:00 GMT",
            f"https://jit.example.com/requests/{request.id}",
        ):
            assert said in text
    assert mail.get_content_type() == "multipart/alternative"


def test_later_mails_reply_to_the_mail_of_the_request(smtp: SmtpServer, clock: Clock) -> None:
    request = mpa_request()
    asking = ask(smtp, clock, request)
    said = review(request, Decision.APPROVED, "Looks right")
    announce(Announcement.APPROVED, request=request, now=NOW, grants=[grant(request)], review=said)
    deliver_due(clock=clock)
    mail = smtp.mails[-1]
    assert asking["Message-ID"] == f"<{request.id}.request@jit.example.com>"
    assert mail["In-Reply-To"] == mail["References"] == asking["Message-ID"]
    row = OutboxMessage.objects.get(kind=Announcement.APPROVED)
    assert mail["Message-ID"] == f"<{row.id}@jit.example.com>"
    assert mail["Subject"] == f"Re: {asking['Subject']}"
    assert [a.addr_spec for a in mail["To"].addresses] == ["alice@example.com"]
    assert [a.addr_spec for a in mail["Cc"].addresses] == ["bob@example.com", "carol@example.com"]
    assert "bob@example.com approved" in text_of(mail, "plain")
    assert "Looks right" in text_of(mail, "html")
    assert "Start:     Mon, 2 Mar 2026 09:30:00 GMT" in text_of(mail, "plain")


@pytest.mark.parametrize(
    ("kind", "to", "cc"),
    [
        (Announcement.DECLINED, ["alice"], ["bob", "carol"]),
        (Announcement.WITHDRAWN, ["bob", "carol"], ["alice"]),
        (Announcement.EXPIRED, ["bob", "carol"], ["alice"]),
        (Announcement.ENDED, ["alice"], ["bob"]),
        (Announcement.FAILED, ["alice"], ["bob"]),
    ],
)
def test_recipients_of_each_kind(
    smtp: SmtpServer, clock: Clock, kind: Announcement, to: list[str], cc: list[str]
) -> None:
    request = mpa_request()
    said = None if kind in {Announcement.WITHDRAWN, Announcement.EXPIRED} else "No."
    verdict = review(request, Decision.DECLINED, said) if said else None
    announce(kind, request=request, now=NOW, grants=[grant(request)], review=verdict)
    assert deliver_due(clock=clock).delivered == 1
    mail = smtp.mails[0]
    for header, people in (("To", to), ("Cc", cc)):
        wanted = [f"{name}@example.com" for name in people]
        assert [address.addr_spec for address in mail[header].addresses] == wanted
    assert mail["In-Reply-To"] == f"<{request.id}.request@jit.example.com>"
    assert str(request.id) in text_of(mail, "plain")


def test_self_approvals_are_sent_to_pubsub_only(server: MailServer) -> None:
    request = jit_request()
    announce(Announcement.SELF_APPROVED, request=request, now=NOW, grants=[grant(request)])
    assert not OutboxMessage.objects.exists()


def test_the_mail_of_self_approved_access_that_ends_early_starts_a_thread(
    smtp: SmtpServer, clock: Clock
) -> None:
    request = jit_request()
    ended = grant(
        request,
        "roles/a",
        state="ended",
        end_reason="revoked",
        ended_at=NOW + timedelta(minutes=1),
    )
    announce(
        Announcement.ENDED,
        request=request,
        now=NOW,
        grants=[ended],
        actor="olga@example.com",
        comment="Leaving",
    )
    deliver_due(clock=clock)
    mail = smtp.mails[0]
    assert mail["Subject"] == "Access of alice@example.com to project shop-prod ended"
    assert mail["In-Reply-To"] is None
    assert mail["Cc"] is None
    assert "olga@example.com revoked the access" in text_of(mail, "plain")
    assert "> Leaving" in text_of(mail, "plain")
    assert "Mon, 2 Mar 2026 09:31:00 GMT" in text_of(mail, "plain")


def test_text_in_any_script_arrives_unchanged(smtp: SmtpServer, clock: Clock) -> None:
    typed = "Störung in 東京 🚒 – sofort"
    mail = ask(smtp, clock, mpa_request(typed))
    assert typed in text_of(mail, "html")
    assert typed in text_of(mail, "plain")
    for part in mail.walk():
        if part.get_content_maintype() == "text":
            assert part.get_content_charset() == "utf-8"
    assert smtp.envelopes[0].original_content is not None
    assert smtp.envelopes[0].original_content.isascii()


EVIL = [
    "<script>alert(1)</script>",
    "x\r\nBcc: eve@example.com\r\n\r\n<b>hi</b>",
    "{{ beneficiary }} {% include 'x' %} {{PROJECT_ID}}",
    '"><img src=x onerror=alert(1)>',
    "safe\u202egnp.exe \x1b[31m\x00",
]


@pytest.mark.parametrize("typed", [text.replace("\x00", "") for text in EVIL])
def test_a_justification_is_escaped(smtp: SmtpServer, clock: Clock, typed: str) -> None:
    mail = ask(smtp, clock, mpa_request(typed))
    assert set(smtp.envelopes[0].rcpt_tos) == {
        f"{name}@example.com" for name in ("alice", "bob", "carol")
    }
    assert mail["Bcc"] is None
    html, text = text_of(mail, "html"), text_of(mail, "plain")
    assert not re.search(r"<(script|img|b)\b", html)
    assert not re.search("[\u202e\x1b]", html + text)
    if "{{" in typed:
        assert typed in text
        assert typed.replace("'", "&#x27;") in html
    for line in text.partition("Justification:")[2].partition("Review the request")[0].split("\n"):
        assert not line or line.startswith(">")


@pytest.mark.parametrize(
    "name", ["a\r\nBcc: eve@example.com\r\n", "a\nX: 1\n", "<i>", '"a", b', "a\u2028b"]
)
def test_names_cannot_add_headers_or_recipients(smtp: SmtpServer, clock: Clock, name: str) -> None:
    request = mpa_request(
        beneficiary=f"{name}@example.com", project_id=f"p{name}", reviewers=("bob@example.com",)
    )
    mail = ask(smtp, clock, request)
    assert smtp.envelopes[0].rcpt_tos == ["bob@example.com"]
    assert [mail[header] for header in ("Bcc", "X", "Cc")] == [None] * 3
    assert len(str(mail["Subject"]).splitlines()) == 1
    assert "<i>" not in text_of(mail, "html").replace("&lt;i&gt;", "")
    row = OutboxMessage.objects.get()
    assert "is not a mail address" in row.last_error


def test_times_are_shown_in_the_configured_time_zone(
    smtp: SmtpServer, clock: Clock, settings: Settings
) -> None:
    settings.NOTIFICATION_TIMEZONE = timezone(timedelta(hours=10))
    mail = ask(smtp, clock, mpa_request())
    assert "Mon, 2 Mar 2026 20:30:00 +1000" in text_of(mail, "html")


def test_the_mapping_converts_user_ids_to_addresses(
    smtp: SmtpServer, clock: Clock, settings: Settings
) -> None:
    mapping = AddressMapping("user.email.extract('{handle}@example.com') + '@mail.example.org'")
    settings.MAIL_SERVER = replace(settings.MAIL_SERVER, mapping=mapping)
    ask(smtp, clock, mpa_request())
    assert smtp.envelopes[0].rcpt_tos == [
        *("bob@mail.example.org", "carol@mail.example.org", "alice@mail.example.org"),
    ]


def test_a_mapping_without_any_address_makes_a_dead_letter(
    server: MailServer, settings: Settings, clock: Clock
) -> None:
    settings.MAIL_SERVER = replace(server, mapping=AddressMapping("user.name"))
    announce(Announcement.REQUESTED, request=mpa_request(), now=NOW)
    assert deliver_due(clock=clock).dead == 1
    row = OutboxMessage.objects.get()
    assert (row.state, row.attempts) == ("dead", 1)
    assert "because of an invalid email address: The email mapping expression failed" in (
        row.last_error
    )


def test_a_request_without_reviewers_is_mailed_to_the_beneficiary(
    smtp: SmtpServer, clock: Clock
) -> None:
    announce(Announcement.EXPIRED, request=mpa_request(reviewers=()), now=NOW)
    deliver_due(clock=clock)
    assert smtp.envelopes[0].rcpt_tos == ["alice@example.com"]


def test_the_mail_of_a_self_approved_activation_that_failed_later_gives_the_reason(
    smtp: SmtpServer, clock: Clock
) -> None:
    request = jit_request()
    failed = grant(request, failure="Policy is too large <b>")
    announce(Announcement.FAILED, request=request, now=NOW, grants=[failed])
    deliver_due(clock=clock)
    mail = smtp.mails[0]
    assert mail["Subject"] == "Access of alice@example.com to project shop-prod failed"
    assert "> Policy is too large <b>" in text_of(mail, "plain")
    assert "Policy is too large &lt;b&gt;" in text_of(mail, "html")


def test_domains_of_any_script_are_written_in_ascii() -> None:
    assert mailbox("bob@bücher.example") == "bob@xn--bcher-kva.example"


@pytest.mark.parametrize(
    "address", ["", "bob", "@x.example", "bob@", f"b@{'x' * 64}.example", "b@a..b", "ö@x", "a b@x"]
)
def test_invalid_mailboxes_are_refused(address: str) -> None:
    with pytest.raises(NoAddress):
        mailbox(address)


@pytest.mark.parametrize("mark", ["\u202e", "\u2066", "\u200f", "\u200b", "\ufeff"])
def test_characters_that_hide_or_reorder_text_are_placeholders_in_mails(
    smtp: SmtpServer, clock: Clock, mark: str
) -> None:
    request = mpa_request(f"CASE{mark}9", condition=f'resource.name == "a{mark}b"')
    ask(smtp, clock, request)
    said = review(request, Decision.DECLINED, f"no{mark}way")
    announce(Announcement.DECLINED, request=request, now=NOW, review=said)
    deliver_due(clock=clock)
    asking, declined = smtp.mails
    for kind in ("plain", "html"):
        both = text_of(asking, kind) + text_of(declined, kind)
        assert mark not in both
        for shown in ("CASE\ufffd9", "a\ufffdb", "no\ufffdway"):
            assert shown in both
