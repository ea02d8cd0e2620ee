"""Mails name the ticket and the rule of the access policy; without them, they do not change."""

from __future__ import annotations

import pytest

from activations.models import OutboxMessage, Request
from tests.activations.notifications.rows import Clock, mpa_request
from tests.activations.notifications.smtp_server import SmtpServer
from tests.activations.notifications.test_mail import ask, text_of
from tests.rewriting import rewrite

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


def ruled(**values: str) -> Request:
    made = mpa_request()
    rewrite(Request.objects.filter(pk=made.pk), **values)
    made.refresh_from_db()
    return made


def test_a_mail_links_the_ticket_and_names_the_rule(smtp: SmtpServer, clock: Clock) -> None:
    url = "https://t.example.com/INC-7"
    mail = ask(smtp, clock, ruled(ticket="INC-7", ticket_url=url, rule="production"))
    plain, html = text_of(mail, "plain"), text_of(mail, "html")
    assert f"Ticket:    INC-7 ({url})" in plain
    assert "Rule:      production" in plain
    assert f'<a href="{url}">INC-7</a>' in html
    assert "production" in html


def test_a_ticket_without_an_address_is_text(smtp: SmtpServer, clock: Clock) -> None:
    mail = ask(smtp, clock, ruled(ticket="<b>INC-7"))
    assert "Ticket:    <b>INC-7\n" in text_of(mail, "plain").replace("\r\n", "\n")
    assert "&lt;b&gt;INC-7" in text_of(mail, "html")


def test_a_mail_without_ticket_and_rule_does_not_mention_them(
    smtp: SmtpServer, clock: Clock
) -> None:
    mail = ask(smtp, clock, mpa_request())
    for part in ("plain", "html"):
        assert "Ticket" not in text_of(mail, part)
        assert "Rule" not in text_of(mail, part)
    said = OutboxMessage.objects.get().payload["properties"]
    assert not {"ticket", "ticket_url", "rule"} & set(said)
