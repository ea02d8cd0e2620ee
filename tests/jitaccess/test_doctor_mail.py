"""The doctor signs in at the mail server without sending; a test message is sent only on demand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytest_django import Settings

from activations.notifications.mail_server import MailServer
from activations.notifications.password import forget_password
from jitaccess.doctor import messages
from jitaccess.doctor.check_result import CheckResult, State
from jitaccess.doctor.target import target
from jitaccess.doctor.trial_mail import send_trial_mail
from simulator import Simulator
from tests.activations.notifications.smtp_server import (
    USERNAME,
    Authority,
    SmtpServer,
    any_port,
    listening,
)
from tests.moments import now

SECRET = "projects/jit-access-host/secrets/smtp/versions/latest"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def server(
    settings: Settings,
    authority: Authority,
    simulated: Simulator,
    monkeypatch: pytest.MonkeyPatch,
) -> MailServer:
    """A correct configuration, without a server that listens."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    found = MailServer(
        host="127.0.0.1",
        port=any_port(),
        sender_address="jit@example.com",
        username=USERNAME,
        password="right",
        timeout=5,
    )
    settings.MAIL_SERVER = found
    return found


@pytest.fixture
def smtp(server: MailServer, authority: Authority) -> Iterator[SmtpServer]:
    smtp = SmtpServer()
    with listening(smtp, port=server.port, certificate=authority.certificate("127.0.0.1")):
        yield smtp


def look() -> CheckResult:
    (found,) = messages.mail(target(now))
    return found


def test_signing_in_is_tried_and_nothing_is_sent(smtp: SmtpServer) -> None:
    found = look()
    assert found.state is State.OK
    assert found.what.endswith(f"over STARTTLS, signed in as {USERNAME}")
    assert smtp.logins == ["right"]
    assert smtp.envelopes == []


def test_mail_is_optional(settings: Settings) -> None:
    settings.MAIL_SERVER = None
    assert look().state is State.OK
    assert "SMTP_SENDER_ADDRESS" in look().what


def test_a_wrong_password(smtp: SmtpServer, settings: Settings) -> None:
    settings.MAIL_SERVER = replace(settings.MAIL_SERVER, password="wrong")
    found = look()
    assert found.state is State.PROBLEM
    assert "authentication failed" in found.what
    assert "SMTP_PASSWORD or SMTP_SECRET" in found.remedy
    assert "wrong" not in found.what


@pytest.mark.parametrize(
    ("half", "missing"),
    [({"password": ""}, "SMTP_PASSWORD or SMTP_SECRET"), ({"username": ""}, "SMTP_USERNAME")],
)
def test_a_login_of_which_one_half_is_missing(
    half: dict[str, str], missing: str, smtp: SmtpServer, settings: Settings
) -> None:
    settings.MAIL_SERVER = replace(settings.MAIL_SERVER, **half)
    found = look()
    assert found.state is State.PROBLEM
    assert found.what.startswith(f"{missing} is not set")
    assert "mail.smtp.auth=false" in found.remedy


def test_a_secret_that_cannot_be_read(smtp: SmtpServer, settings: Settings) -> None:
    settings.MAIL_SERVER = replace(settings.MAIL_SERVER, password="", secret=SECRET)
    forget_password(settings.MAIL_SERVER)
    found = look()
    assert found.state is State.PROBLEM
    assert "Looking up SMTP credentials failed" in found.what
    secret = {line.name: line for line in messages.secrets(target(now))}["Secrets"]
    assert "SMTP_SECRET" in secret.what
    assert secret.command.startswith("gcloud secrets create smtp --project=jit-access-host")


def test_a_refused_connection(server: MailServer) -> None:
    found = look()
    assert found.state is State.PROBLEM
    assert "SMTP_HOST and SMTP_PORT" in found.remedy
    assert found.command == f"openssl s_client -starttls smtp -connect 127.0.0.1:{server.port}"


def test_a_certificate_of_somebody_else(
    smtp: SmtpServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(Authority(tmp_path).file))
    found = look()
    assert "certificate was not accepted" in found.what
    assert "SSL_CERT_FILE" in found.remedy


def test_a_server_without_starttls(server: MailServer) -> None:
    with listening(SmtpServer(), port=server.port):
        found = look()
    assert found.state is State.PROBLEM
    assert "mail.smtp.ssl.enable=true" in found.remedy


def test_a_test_message_arrives(smtp: SmtpServer) -> None:
    assert send_trial_mail("olga@example.com").state is State.OK
    (mail,) = smtp.mails
    assert (mail["To"], mail["Subject"]) == ("olga@example.com", "JIT Access: test message")
    assert mail["From"] == "JIT Access <jit@example.com>"
    assert mail["Date"].datetime is not None
    assert smtp.envelopes[0].rcpt_tos == ["olga@example.com"]


@pytest.mark.parametrize("to", ["", "nobody", "a@b.example\r\nBcc: x@y.example", "a@b c.example"])
def test_only_to_an_address(to: str, smtp: SmtpServer) -> None:
    assert send_trial_mail(to).state is State.PROBLEM
    assert smtp.envelopes == []


def test_a_refused_recipient_is_reported(smtp: SmtpServer) -> None:
    smtp.refused["olga@example.com"] = "550 no such user"
    found = send_trial_mail("olga@example.com")
    assert (found.state, "550 no such user" in found.what) == (State.PROBLEM, True)


def test_without_mail_a_test_message_says_what_to_set(settings: Settings) -> None:
    settings.MAIL_SERVER = None
    assert "SMTP_SENDER_ADDRESS" in send_trial_mail("olga@example.com").remedy
