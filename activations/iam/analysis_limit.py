"""The limits on analyses of IAM policies that all people and instances share: one a minute, one a day."""

from __future__ import annotations

import time
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from activations.iam.quotas import take
from activations.iam.throttle import wait_for_token
from googlecloud.errors import DailyQuotaExceeded

# Google's quota for AnalyzeIamPolicy.
ANALYSES_PER_MINUTE = 100
PATIENCE_SECONDS = 5.0
MINUTES_PER_DAY = 24 * 60


def wait_for_analysis() -> None:
    """:raises googlecloud.errors.QuotaExceeded: when there is no room for an analysis soon.
    :raises googlecloud.errors.DailyQuotaExceeded: when the analyses of the day are used up.
    """
    wait_for_token(
        "analysis",
        rate_per_minute=ANALYSES_PER_MINUTE,
        clock=timezone.now,  # noqa: TID251  # the clock itself is handed down
        sleep=time.sleep,
        patience=PATIENCE_SECONDS,
    )
    take_from_day(timezone.now())  # noqa: TID251  # an edge


def take_from_day(now: datetime) -> None:
    """Count one analysis. Nobody knows when Google's day begins, so the limit holds for any 24 hours.

    Half of them can be used at once; the others become available one by one over the day.

    :raises googlecloud.errors.DailyQuotaExceeded: when none is left; says when the next one is.
    """
    limit = settings.ANALYSES_PER_DAY
    if not limit:
        return
    at_once = (limit + 1) // 2
    one_by_one = limit - at_once + 1  # the last of these is available only after 24 hours
    rate = one_by_one / MINUTES_PER_DAY
    if wait := take("analyses of a day", rate_per_minute=rate, burst=at_once, now=now):
        raise DailyQuotaExceeded(
            f"The limit of {limit} analyses of IAM policies a day is used up (ANALYSES_PER_DAY)."
            f" The next one is possible in {_in_words(wait)}",
            status=429,
            reason="OWN_LIMIT",
            retry_after=wait,
        )


def _in_words(seconds: float) -> str:
    minutes = max(1, round(seconds / 60))
    if minutes < 60:
        return f"{minutes} minutes" if minutes > 1 else "1 minute"
    hours = round(minutes / 60)
    return f"{hours} hours" if hours > 1 else "1 hour"
