"""A mail server for each test, an application that uses it, and no delivery in the background."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from pytest_django import Settings

from activations.notifications.mail_server import MailServer
from simulator import Simulator
from tests.activations.notifications.rows import Clock
from tests.activations.notifications.smtp_server import (
    USERNAME,
    Authority,
    SmtpServer,
    any_port,
    listening,
)

TOPIC = "jit-access"


@pytest.fixture(autouse=True)
def _without_background_delivery(settings: Settings) -> None:
    settings.NOTIFICATION_BACKGROUND_DELIVERY = False


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def server(settings: Settings, authority: Authority, monkeypatch: pytest.MonkeyPatch) -> MailServer:
    """Configure the application's mail server; the server is not started."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    found = MailServer(
        host="127.0.0.1",
        port=any_port(),
        sender_address="jit@example.com",
        sender_name="JIT Access",
        username=USERNAME,
        password="right",
        timeout=5,
        local_hostname="app.example.com",
    )
    settings.MAIL_SERVER = found
    return found


@pytest.fixture
def smtp(server: MailServer, authority: Authority) -> Iterator[SmtpServer]:
    """Start the mail server."""
    smtp = SmtpServer()
    with listening(smtp, port=server.port, certificate=authority.certificate("127.0.0.1")):
        yield smtp


@pytest.fixture
def with_secret(settings: Settings, simulated: Simulator, server: MailServer) -> str:
    """Read the password from Secret Manager; return the name of the secret."""
    secret = "projects/jit-access-host/secrets/smtp-password"
    settings.MAIL_SERVER = replace(server, password="", secret=f"{secret}/versions/latest")
    return secret


@pytest.fixture
def topic(settings: Settings, simulated: Simulator) -> str:
    """Configure the topic; return its full name."""
    settings.NOTIFICATION_TOPIC = TOPIC
    return f"projects/jit-access-host/topics/{TOPIC}"
