"""Tokens are sent encrypted, except on this machine."""

import pytest

from googlecloud.addresses import require_safe
from googlecloud.config import CloudConfig


@pytest.mark.parametrize(
    "url",
    [
        "https://googleapis.example.com",
        "https://10.0.0.1/prefix",
        "http://127.0.0.1:8080",
        "http://127.8.9.10",
        "http://localhost:1",
        "http://sim.localhost:1",
        "http://[::1]:8080",
    ],
)
def test_https_and_loopback_are_fine(url: str) -> None:
    require_safe(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com",
        "http://10.0.0.1:8080",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "ftp://127.0.0.1",
    ],
)
def test_plain_http_elsewhere_is_refused_with_advice(url: str) -> None:
    with pytest.raises(ValueError, match="must start with https://"):
        CloudConfig(endpoint=url)


@pytest.mark.parametrize(
    "url",
    [
        *("", "google", "https://", "https://me@host", "https://host?x=1", "https://host#x"),
        *(
            "http://me:hunter2@host",
            "https://:hunter2@host",
            "https://me:hunter2",
            "https://[hunter2]",
        ),
    ],
)
def test_what_is_no_base_address_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(ValueError, match="not a base address") as refusal:
        require_safe(url)
    assert "hunter2" not in str(refusal.value)


def test_zero_means_the_defaults_of_the_original() -> None:
    config = CloudConfig(connect_timeout=0, read_timeout=0, write_timeout=0)
    assert (config.connect_limit, config.read_limit, config.write_limit) == (20, 20, None)
    assert CloudConfig().write_limit == 5
