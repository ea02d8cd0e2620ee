"""A simulated cloud, a cloud client for it, and a clock that never really waits."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from googlecloud.cloud import Cloud
from googlecloud.config import CloudConfig
from simulator import Simulator
from tests.googlecloud.clock import Clock
from tests.googlecloud.odd_server import OddServer, odd_server
from tests.googlecloud.secure_server import certificate_in, secure_server


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def odd() -> Iterator[OddServer]:
    with odd_server() as server:
        yield server


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(autouse=True)
def no_credentials_of_the_developer(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "GOOGLE_APPLICATION_CREDENTIALS",
        "GCE_METADATA_HOST",
        "GCE_METADATA_IP",
        "GAE_SERVICE",
        "K_SERVICE",
        "CLOUDSDK_CONFIG",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def cloud(sim: Simulator, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    monkeypatch.setenv("GCE_METADATA_HOST", sim.metadata_host)
    return Cloud(CloudConfig(endpoint=sim.url), sleep=clock.sleep, clock=clock)


@pytest.fixture
def odd_cloud(odd: OddServer, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    monkeypatch.setenv("GCE_METADATA_HOST", odd.host)
    return Cloud(CloudConfig(endpoint=odd.url), sleep=clock.sleep, clock=clock)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return certificate_in(tmp_path)


@pytest.fixture
def secure_url(certificate: Path) -> Iterator[str]:
    with secure_server(certificate) as url:
        yield url
