"""The doctor checks the address that people open."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from jitaccess.doctor.check_result import CheckResult, State
from jitaccess.doctor.public_address import public_address
from jitaccess.doctor.target import target
from simulator import Simulator
from tests.googlecloud.odd_server import OddServer, Said, odd_server
from tests.googlecloud.secure_server import certificate_in, secure_server
from tests.googlecloud.tunnel_proxy import tunnel_proxy
from tests.moments import now


@pytest.fixture
def front_door() -> Iterator[OddServer]:
    with odd_server() as server:
        yield server


def look() -> CheckResult:
    (found,) = public_address(target(now))
    return found


@pytest.fixture(autouse=True)
def _cloud(simulated: Simulator) -> None:
    """No check leaves this machine."""


def test_an_address_that_is_not_set_is_a_problem(settings: Settings) -> None:
    settings.BASE_URL = ""
    assert (look().state, "BASE_URL" in look().remedy) == (State.PROBLEM, True)


def test_what_cannot_be_reached_is_unknown(settings: Settings) -> None:
    settings.BASE_URL = "https://jit.example.invalid"
    found = look()
    assert (found.state, "DNS" in found.what) == (State.UNKNOWN, True)


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({"X-Goog-IAP-Generated-Response": "true"}, "where IAP answers strangers"),
        ({}, "on this machine"),
    ],
)
def test_the_sign_in_of_iap_is_recognised(
    headers: dict[str, str], words: str, front_door: OddServer, settings: Settings
) -> None:
    front_door.say(Said(302, b"", {"Location": "https://accounts.google.com/", **headers}))
    settings.BASE_URL = front_door.url
    assert (look().state, look().what) == (State.OK, f"{front_door.url}, {words}")


def test_a_public_address_without_sign_in_is_unknown(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = certificate_in(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with secure_server(certificate) as url, tunnel_proxy() as proxy:
        proxy.hosts = {"google.test": "127.0.0.1"}
        settings.HTTPS_PROXY = f"http://{proxy.address}"
        settings.BASE_URL = url.replace("127.0.0.1", "google.test")
        found = look()
    assert (found.state, "without IAP's sign-in" in found.what) == (State.UNKNOWN, True)
