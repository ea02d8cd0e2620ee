"""The head of the evidence is logged once a day, outside the database."""

from __future__ import annotations

from datetime import timedelta

import pytest

from activations.models import JobRun
from activations.reporting.anchoring import JOB, anchor_if_due
from tests.activations.rows import NOON

DAY = timedelta(days=1)
pytestmark = pytest.mark.django_db


def anchored_at(after: timedelta) -> bool:
    return anchor_if_due(clock=lambda: NOON + after)


def test_only_one_of_two_concurrent_runs_logs_the_head() -> None:
    assert [anchored_at(timedelta()) for _ in range(2)] == [True, False]


def test_a_clock_that_is_slightly_behind_does_not_log_the_head_twice() -> None:
    assert anchored_at(timedelta(seconds=20))
    assert not anchored_at(timedelta())


def test_the_head_is_logged_again_the_next_day() -> None:
    found = [anchored_at(after) for after in (timedelta(), DAY / 2, DAY, 1.5 * DAY, 2 * DAY)]
    assert found == [True, False, True, False, True]


def test_a_clock_that_was_far_ahead_does_not_stop_logging() -> None:
    assert anchored_at(300 * DAY)
    assert anchored_at(timedelta())
    assert JobRun.objects.get(name=JOB).last_started_at == NOON
    assert not anchored_at(timedelta(minutes=5))
