"""A simulated cloud, a client of it, and a clock that only `sleep` advances."""

from collections.abc import Iterator

import pytest

from eligibility.asset_inventory import AssetInventoryCatalog
from eligibility.groups import GroupGraph
from googlecloud.cloud import Cloud
from googlecloud.config import CloudConfig
from simulator import Simulator


class Clock:
    """Replaces `time.monotonic` and `time.sleep`."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def cloud(sim: Simulator, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    for name in ("GCE_METADATA_HOST", "GCE_METADATA_IP"):
        monkeypatch.setenv(name, sim.metadata_host)
    return Cloud(
        CloudConfig(endpoint=sim.url, read_timeout=5, retry_budget=1),
        sleep=clock.sleep,
        clock=clock,
    )


@pytest.fixture
def graph(sim: Simulator, cloud: Cloud, clock: Clock) -> GroupGraph:
    return GroupGraph(cloud.directory, customer_id=sim.company.customer_id, clock=clock)


@pytest.fixture
def catalog(sim: Simulator, cloud: Cloud, graph: GroupGraph) -> AssetInventoryCatalog:
    return AssetInventoryCatalog(cloud, scope=sim.company.organization, groups=graph)
