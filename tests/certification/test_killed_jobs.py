"""Jobs that are killed at random lose nothing and do nothing twice; `bench/job_kills.py` does this for long."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import Settings

from simulator import Simulator
from simulator.object_store import Bucket
from tests.activations.evidence.recorded_history import differences
from tests.certification import campaigns
from tests.certification.killing import BUCKET, KilledJobs
from tests.journeys.shop import COMPUTE, activate

pytestmark = [pytest.mark.one_database, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

KILLS = 6


def test_jobs_that_are_killed_at_random_lose_nothing_and_do_nothing_twice(
    alice: Any, olga: Any, simulated: Simulator, settings: Settings
) -> None:
    settings.NOTIFICATION_TOPIC, settings.NOTIFICATION_BACKGROUND_DELIVERY = "news", False
    activate(alice, COMPUTE, minutes=5)
    campaigns.opened(olga)
    jobs = KilledJobs(seed=13, bucket=simulated.storage.buckets.setdefault(BUCKET, Bucket()))
    while jobs.kills.total() < KILLS:
        jobs.one_more()
    jobs.finish()
    assert list(jobs.wrong()) == []
    assert differences() == []
