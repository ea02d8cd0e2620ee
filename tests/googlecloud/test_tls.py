"""Certificates are verified, against the system's authorities or the configured ones."""

from pathlib import Path

import pytest

from googlecloud.cloud import Cloud
from googlecloud.config import CloudConfig
from googlecloud.errors import Unavailable
from tests.googlecloud.clock import Clock
from tests.googlecloud.odd_server import OddServer


def read(url: str, clock: Clock) -> object:
    cloud = Cloud(CloudConfig(endpoint=url), sleep=clock.sleep, clock=clock)
    return cloud.resource_manager.get_policy(project_id="p1")


def test_a_certificate_of_nobody_we_trust_is_refused_before_a_token_is_sent(
    secure_url: str, odd: OddServer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GCE_METADATA_HOST", odd.host)
    with pytest.raises(Unavailable, match="certificate was not accepted") as caught:
        read(secure_url, clock)
    assert not caught.value.sent


def test_an_authority_of_the_operators_own_is_trusted(
    secure_url: str,
    certificate: Path,
    odd: OddServer,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GCE_METADATA_HOST", odd.host)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert read(secure_url, clock) == {"etag": "over TLS"}
