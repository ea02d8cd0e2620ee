"""The daily limit on analyses holds for any 24 hours, and is explained."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from activations.iam.quotas import ANALYSES_PER_MINUTE, take_from_day, wait_for_analysis
from activations.models import QuotaBucket
from googlecloud.errors import DailyQuotaExceeded, QuotaExceeded
from tests.moments import now

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


def taken(moment: datetime) -> bool:
    try:
        take_from_day(moment)
    except DailyQuotaExceeded:
        return False
    return True


@pytest.mark.parametrize("limit", [1, 2, 3, 20])
def test_no_24_hours_see_more_than_the_limit(settings, limit):
    settings.ANALYSES_PER_DAY = limit
    moments = [NOON + timedelta(minutes=20 * step) for step in range(2 * 72)]
    used = [moment for moment in moments for _ in range(limit) if taken(moment)]
    most = max(
        sum(start <= moment < start + timedelta(hours=24) for moment in used) for start in used
    )
    assert most <= limit
    assert most >= limit - 1


def test_half_of_them_can_be_used_at_once(settings):
    settings.ANALYSES_PER_DAY = 20
    assert [taken(NOON) for _ in range(11)] == [True] * 10 + [False]


def test_the_refusal_names_limit_variable_and_time(settings):
    settings.ANALYSES_PER_DAY = 1
    take_from_day(NOON)
    with pytest.raises(
        DailyQuotaExceeded, match=r"The limit of 1 analyses.*ANALYSES_PER_DAY"
    ) as it:
        take_from_day(NOON + timedelta(hours=1))
    assert it.value.retry_after == pytest.approx(23 * 3600)
    assert str(it.value).endswith("possible in 23 hours")


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(seconds=5), "1 minute"),
        (timedelta(minutes=40), "40 minutes"),
        (timedelta(minutes=61), "1 hour"),
    ],
)
def test_the_time_is_told_in_words(settings, left, words):
    settings.ANALYSES_PER_DAY = 1
    take_from_day(NOON)
    with pytest.raises(DailyQuotaExceeded, match=rf"possible in {words}$"):
        take_from_day(NOON + timedelta(days=1) - left)


def test_zero_is_no_limit(settings):
    settings.ANALYSES_PER_DAY = 0
    assert all(taken(NOON) for _ in range(30))
    assert not QuotaBucket.objects.exists()


def test_googles_quota_for_a_minute_is_respected(settings):
    settings.ANALYSES_PER_DAY = 0
    wait_for_analysis()
    QuotaBucket.objects.update(full_at=now().timestamp() + 65)
    with pytest.raises(QuotaExceeded, match="within a minute"):
        wait_for_analysis()
    assert ANALYSES_PER_MINUTE == 100
