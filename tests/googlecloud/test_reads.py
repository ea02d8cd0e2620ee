"""Reads are retried for a limited time, and the last failure keeps its name."""

import time

import pytest

from googlecloud.calls import Deadline
from googlecloud.cloud import Cloud
from googlecloud.config import CloudConfig
from googlecloud.errors import (
    Denied,
    GoogleCloudError,
    Invalid,
    QuotaExceeded,
    TimedOut,
    Unavailable,
)
from simulator import Simulator
from tests.googlecloud.clock import Clock

GET = "cloudresourcemanager.projects.getIamPolicy"


def read(cloud: Cloud, deadline: Deadline | None = None) -> object:
    return cloud.resource_manager.get_policy(project_id="shop-prod", deadline=deadline)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_temporary_failures_are_retried(
    cloud: Cloud, sim: Simulator, clock: Clock, status: int
) -> None:
    sim.faults.add(GET, status=status, times=3)
    assert read(cloud)
    assert [call.status for call in sim.calls.google] == [status] * 3 + [200]
    assert clock.naps == sorted(clock.naps), "each pause is longer than the last"
    assert len(clock.naps) == 3


@pytest.mark.parametrize("status", [400, 403, 404, 412])
def test_permanent_failures_are_raised_at_once(
    cloud: Cloud, sim: Simulator, clock: Clock, status: int
) -> None:
    sim.faults.add(GET, status=status, times=None)
    with pytest.raises(GoogleCloudError):
        read(cloud)
    assert len(sim.calls.google) == 1
    assert clock.naps == []


@pytest.mark.parametrize("close", ["before", "after"])
def test_closed_connections_are_tried_again(cloud: Cloud, sim: Simulator, close: str) -> None:
    read(cloud)
    sim.faults.add(GET, close="before" if close == "before" else "after", times=2)
    assert read(cloud)


def test_retries_end_with_the_time_limit(cloud: Cloud, sim: Simulator, clock: Clock) -> None:
    sim.faults.add(GET, status=503, message="Down.", times=None)
    started = clock.now
    with pytest.raises(Unavailable, match=r"Down\.") as caught:
        read(cloud)
    assert caught.value.status == 503
    assert clock.now - started < 10
    assert 4 <= len(sim.calls.google) <= 7


def test_even_without_any_pause_the_tries_are_counted(
    sim: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GCE_METADATA_HOST", sim.metadata_host)
    cloud = Cloud(CloudConfig(endpoint=sim.url, retry_budget=1e9), sleep=lambda _: None)
    sim.faults.add(GET, status=503, times=None)
    with pytest.raises(Unavailable):
        read(cloud)
    assert len(sim.calls.google) == 7


def test_the_wait_that_google_asks_for_is_kept(cloud: Cloud, sim: Simulator, clock: Clock) -> None:
    sim.faults.add(GET, status=429, retry_after=6)
    read(cloud)
    assert clock.naps == [6]


def test_a_wait_beyond_the_time_limit_is_raised(cloud: Cloud, sim: Simulator, clock: Clock) -> None:
    sim.faults.add(GET, status=429, retry_after=60)
    with pytest.raises(QuotaExceeded) as caught:
        read(cloud)
    assert caught.value.retry_after == 60
    assert clock.naps == []


def test_a_deadline_cuts_the_tries_short(cloud: Cloud, sim: Simulator, clock: Clock) -> None:
    sim.faults.add(GET, status=503, times=None)
    with pytest.raises(Unavailable):
        read(cloud, Deadline(0.3, clock))
    assert len(sim.calls.google) <= 2


def test_without_time_nothing_is_asked(cloud: Cloud, sim: Simulator, clock: Clock) -> None:
    deadline = Deadline(1, clock)
    clock.sleep(2)
    with pytest.raises(TimedOut, match="No time was left"):
        read(cloud, deadline)
    assert len(sim.calls.google) == 0


def test_a_time_out_is_a_time_out(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GCE_METADATA_HOST", sim.metadata_host)
    config = CloudConfig(endpoint=sim.url, read_timeout=0.2, retry_budget=0)
    cloud = Cloud(config)
    sim.faults.add("*.effectiveIamPolicies.batchGet", hang=5)
    started = time.monotonic()
    with pytest.raises(TimedOut, match="did not answer in time") as caught:
        cloud.asset.effective_policies(scope="organizations/7", project_id="shop-prod")
    assert time.monotonic() - started < 3
    assert caught.value.status is None
    assert caught.value.api == "cloudasset.effectiveIamPolicies.batchGet"
    assert not isinstance(caught.value, Denied | Invalid)


def test_each_api_keeps_its_name_in_the_error(cloud: Cloud, sim: Simulator) -> None:
    sim.faults.add("directory.*", status=403, times=None)
    with pytest.raises(Denied) as caught:
        cloud.directory.members_of(group="platform@example.com")
    assert caught.value.api == "directory.members.list"
