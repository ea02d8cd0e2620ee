"""Failures of the mail server: no message is lost, and none is sent unencrypted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from pytest_django import Settings

from activations.models import OutboxMessage
from activations.notifications.announce import announce
from activations.notifications.claims import LEASE, claim_next
from activations.notifications.delivery import deliver_due
from activations.notifications.kinds import Announcement
from activations.notifications.mail_server import MailServer, Security
from activations.notifications.resend import resend
from googlecloud.calls import Deadline
from simulator import Simulator
from tests.activations.notifications.rows import NOW, Clock, mpa_request
from tests.activations.notifications.smtp_server import Authority, SmtpServer, listening

pytestmark = pytest.mark.django_db


@pytest.fixture
def row(server: MailServer) -> Callable[[], OutboxMessage]:
    """Queue one message; return a function that reads its row."""
    announce(Announcement.REQUESTED, request=mpa_request(), now=NOW)
    key = OutboxMessage.objects.get().pk
    return lambda: OutboxMessage.objects.get(pk=key)


Row = Callable[[], OutboxMessage]


def test_a_mail_waits_while_the_server_is_down_and_arrives_once(
    row: Row, server: MailServer, authority: Authority, clock: Clock
) -> None:
    for _ in range(3):
        deliver_due(clock=clock)
        clock.forward(seconds=20)
    assert (row().state, row().attempts >= 2) == ("waiting", True)
    assert "refused" in row().last_error
    smtp = SmtpServer()
    with listening(smtp, port=server.port, certificate=authority.certificate("127.0.0.1")):
        clock.forward(minutes=2)
        for _ in range(3):
            deliver_due(clock=clock)
            clock.forward(hours=1)
    assert len(smtp.mails) == 1
    assert (row().state, row().claimed_by, row().last_error) == ("delivered", "", "")


def test_pauses_grow_and_after_eleven_to_twenty_two_hours_a_message_is_a_dead_letter(
    row: Row, clock: Clock, server: MailServer
) -> None:
    pauses = []
    while row().state == "waiting":
        deliver_due(clock=clock)
        if due := row().next_attempt_at:
            pauses.append(due - clock.now)
            clock.now = due
    assert timedelta(seconds=7) <= pauses[0] <= timedelta(seconds=15)
    assert all(pause <= timedelta(hours=1) for pause in pauses)
    assert all(pause >= timedelta(minutes=30) for pause in pauses[9:])
    assert (row().state, row().attempts, len(pauses)) == ("dead", 30, 29)
    assert timedelta(hours=11) <= sum(pauses, timedelta()) <= timedelta(hours=22.1)
    assert "refused" in row().last_error


def test_a_failure_of_the_server_ends_the_round(server: MailServer, clock: Clock) -> None:
    for _ in range(2):
        announce(Announcement.REQUESTED, request=mpa_request(), now=NOW)
    assert deliver_due(clock=clock).postponed == 1
    assert sorted(OutboxMessage.objects.values_list("attempts", flat=True)) == [0, 1]


def test_a_message_of_a_crashed_process_is_delivered_after_its_claim_ends(
    row: Row, smtp: SmtpServer, clock: Clock
) -> None:
    dead = claim_next(worker="dead", now=clock.now)
    assert dead is not None
    assert deliver_due(clock=clock).delivered == 0
    clock.now += LEASE
    assert deliver_due(clock=clock).delivered == 1
    assert (row().state, row().attempts, len(smtp.mails)) == ("delivered", 2, 1)


def test_a_dead_letter_can_be_sent_again(row: Row, smtp: SmtpServer, clock: Clock) -> None:
    smtp.data_answer = "554 5.7.1 Looks like spam"
    assert deliver_due(clock=clock).dead == 1
    assert "554 5.7.1 Looks like spam" in row().last_error
    smtp.data_answer = "250 OK"
    assert deliver_due(clock=clock).delivered == 0
    assert resend([row().pk], now=clock.now) == 1
    assert deliver_due(clock=clock).delivered == 1
    assert resend([row().pk], now=clock.now) == 0
    assert row().attempts == 1


def test_accepted_recipients_get_the_mail_and_refused_ones_are_recorded(
    row: Row, smtp: SmtpServer, clock: Clock
) -> None:
    smtp.refused = {"bob@example.com": "550 5.1.1 No such user"}
    assert deliver_due(clock=clock).delivered == 1
    assert smtp.envelopes[0].rcpt_tos == ["carol@example.com", "alice@example.com"]
    assert row().last_error == "bob@example.com: 550 5.1.1 No such user"


def test_temporarily_refused_recipients_are_tried_again_separately(
    row: Row, smtp: SmtpServer, clock: Clock
) -> None:
    smtp.refused = {"bob@example.com": "451 4.7.1 Greylisted"}
    assert deliver_due(clock=clock).postponed == 1
    smtp.refused = {}
    clock.forward(minutes=1)
    assert deliver_due(clock=clock).delivered == 1
    assert [envelope.rcpt_tos for envelope in smtp.envelopes] == [
        ["carol@example.com", "alice@example.com"],
        ["bob@example.com"],
    ]
    assert "bob@example.com" in smtp.mails[0]["To"]


@pytest.mark.parametrize(
    ("answer", "state"), [("550 No", "dead"), ("450 Later", "waiting")], ids=["never", "later"]
)
def test_a_mail_whose_recipients_are_all_refused_is_a_dead_letter(
    row: Row, smtp: SmtpServer, clock: Clock, answer: str, state: str
) -> None:
    smtp.refused = dict.fromkeys(
        (f"{name}@example.com" for name in ("alice", "bob", "carol")), answer
    )
    deliver_due(clock=clock)
    assert row().state == state
    assert answer in row().last_error


def test_a_mail_that_the_server_defers_is_tried_again(
    row: Row, smtp: SmtpServer, clock: Clock
) -> None:
    smtp.data_answer = "451 4.3.0 Later"
    assert deliver_due(clock=clock).postponed == 1
    smtp.data_answer = "250 OK"
    clock.forward(minutes=1)
    assert deliver_due(clock=clock).delivered == 1


def test_without_starttls_nothing_is_sent(row: Row, server: MailServer, clock: Clock) -> None:
    smtp = SmtpServer()
    with listening(smtp, port=server.port):
        assert deliver_due(clock=clock).postponed == 1
    assert smtp.envelopes == []
    assert smtp.logins == []
    assert "STARTTLS" in row().last_error


def test_with_starttls_switched_off_mail_is_sent_unencrypted(
    row: Row, server: MailServer, settings: Settings, clock: Clock
) -> None:
    settings.MAIL_SERVER = replace(server, security=Security.NONE, username="")
    smtp = SmtpServer()
    with listening(smtp, port=server.port):
        assert deliver_due(clock=clock).delivered == 1


@pytest.mark.parametrize("problem", ["name", "authority"])
def test_a_server_with_a_wrong_certificate_gets_neither_password_nor_mail(
    row: Row,
    server: MailServer,
    authority: Authority,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    problem: str,
) -> None:
    address = "127.0.0.2" if problem == "name" else "127.0.0.1"
    if problem == "authority":
        monkeypatch.delenv("SSL_CERT_FILE")
    smtp = SmtpServer()
    with listening(smtp, port=server.port, certificate=authority.certificate(address)):
        assert deliver_due(clock=clock).postponed == 1
    assert (smtp.logins, smtp.envelopes) == ([], [])
    assert "certificate was not accepted" in row().last_error


def test_a_wrong_password_is_reported_without_showing_it(
    row: Row, smtp: SmtpServer, settings: Settings, clock: Clock
) -> None:
    settings.MAIL_SERVER = replace(settings.MAIL_SERVER, password="wrong-password")
    assert deliver_due(clock=clock).postponed == 1
    assert "authentication failed: 535" in row().last_error
    assert "wrong-password" not in row().last_error + repr(settings.MAIL_SERVER)


def test_a_changed_secret_is_read_again_after_a_failed_login(
    row: Row, with_secret: str, smtp: SmtpServer, simulated: Simulator, clock: Clock
) -> None:
    simulated.company.secrets.put(with_secret, b"right\n")
    assert deliver_due(clock=clock).delivered == 1
    smtp.passwords = {"newer"}
    simulated.company.secrets.put(with_secret, b"newer\r\n")
    announce(Announcement.REQUESTED, request=mpa_request(), now=NOW)
    assert deliver_due(clock=clock).delivered == 1
    # smtplib tries every mechanism that the server offers.
    assert list(dict.fromkeys(smtp.logins)) == ["right", "newer"]
    assert smtp.logins[0] == "right"
    assert smtp.logins[-1] == "newer"
    assert len(simulated.calls.of("secretmanager.*")) == 2


def test_a_secret_that_cannot_be_read_delays_the_mail(
    row: Row, with_secret: str, smtp: SmtpServer, simulated: Simulator, clock: Clock
) -> None:
    simulated.faults.add("secretmanager.*", status=403, message="Not for you.")
    assert deliver_due(clock=clock).postponed == 1
    assert "Looking up SMTP credentials failed: " in row().last_error
    assert "Not for you." in row().last_error


def test_messages_of_an_unconfigured_channel_wait_for_a_while(
    row: Row, settings: Settings, clock: Clock
) -> None:
    settings.MAIL_SERVER = None
    while row().state == "waiting":
        deliver_due(clock=clock)
        clock.forward(hours=1)
    assert (row().state, row().attempts) == ("dead", 10)
    assert row().last_error == "The channel mail is no longer configured"


def test_one_message_that_cannot_be_rendered_does_not_stop_the_others(
    row: Row, smtp: SmtpServer, clock: Clock
) -> None:
    OutboxMessage.objects.update(payload={})
    announce(Announcement.REQUESTED, request=mpa_request(), now=NOW + timedelta(seconds=1))
    clock.forward(seconds=2)
    counts = deliver_due(clock=clock)
    assert str(counts) == "1 delivered, 1 postponed, 0 dead"
    assert row().last_error == "KeyError: 'properties'"


def test_a_kind_without_a_template_is_a_dead_letter(
    row: Row, smtp: SmtpServer, clock: Clock
) -> None:
    OutboxMessage.objects.update(kind="unknown-templateid")
    assert deliver_due(clock=clock).dead == 1
    assert row().last_error == "No mail template for unknown-templateid"


def test_a_round_ends_at_its_limit_and_its_deadline(smtp: SmtpServer, clock: Clock) -> None:
    for _ in range(3):
        announce(Announcement.REQUESTED, request=mpa_request(), now=NOW)
    assert deliver_due(clock=clock, deadline=Deadline(0)).delivered == 0
    assert deliver_due(clock=clock, limit=2).delivered == 2
    assert deliver_due(clock=clock).delivered == 1


def test_without_any_channel_nothing_is_written() -> None:
    announce(Announcement.REQUESTED, request=mpa_request(), now=NOW)
    assert not OutboxMessage.objects.exists()


def test_a_closed_connection_is_tried_again(row: Row, smtp: SmtpServer, clock: Clock) -> None:
    smtp.data_answer = "421 4.3.2 Shutting down"
    assert deliver_due(clock=clock).postponed == 1
    assert "421 4.3.2 Shutting down" in row().last_error


def test_a_worker_slower_than_its_claim_logs_a_warning(
    row: Row, smtp: SmtpServer, caplog: pytest.LogCaptureFixture
) -> None:
    class Overtaking(Clock):
        def __call__(self) -> datetime:
            if smtp.mails:
                OutboxMessage.objects.update(claimed_by="another")
            return super().__call__()

    deliver_due(clock=Overtaking(), limit=1)
    assert "it may be delivered twice" in caplog.text
    assert (row().state, row().claimed_by) == ("waiting", "another")
