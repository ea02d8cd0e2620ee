"""Limits that all instances share, as token buckets in the database: Google's quotas and the limit per person."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone

from activations.models import QuotaBucket, User
from eligibility.compiled import CompiledUpdate, real, text
from googlecloud.errors import DailyQuotaExceeded, QuotaExceeded

# Synchronized clocks differ by less. Beyond this, a clock was wrong when the bucket was used; a clock
# that is ahead must not make everybody else wait until that time.
CLOCK_SKEW_SECONDS = 5.0
NEVER_USED = 0.0
PATIENCE_SECONDS = 5.0
# The refresh of the index: a quarter of all calls, and only while at least half of the rest is left.
REFRESH_SHARE = 4
REFRESH_PATIENCE_SECONDS = 30.0
# Google's quota for AnalyzeIamPolicy.
ANALYSES_PER_MINUTE = 100
MINUTES_PER_DAY = 24 * 60
# Google's quota for entries.list is 60 a minute: 30 at once, and 30 that become available within the minute.
LOG_READS_PER_MINUTE = 30
LOG_PATIENCE_SECONDS = 30.0


class TooManyRequests(Exception):
    """The person sends requests faster than the limit allows."""

    def __init__(self, *, limit: int, retry_after: float) -> None:
        super().__init__(
            f"You sent more than {limit} requests within a minute. Wait a moment, then try again."
        )
        self.retry_after = retry_after


def take(
    name: str, *, rate_per_minute: float, burst: float, now: datetime, reserve: float = 0
) -> float:
    """Take one token; returns 0 if there was one, else the seconds until there is one.

    The bucket holds `burst` tokens and starts full; `reserve` of them are left to others. Needs one
    UPDATE if there is a token. Call it outside transactions: until the commit nobody else can use this
    bucket.
    """
    drop, moment = 60.0 / rate_per_minute, now.timestamp()
    latest = moment + (burst - 1) * drop
    mine = latest - reserve * drop
    if _pour(name, drop=drop, moment=moment, latest=mine):
        return 0.0
    full_at = _full_at(name)
    if full_at is None:
        new = QuotaBucket(name=name, full_at=NEVER_USED)
        QuotaBucket.objects.bulk_create([new], ignore_conflicts=True)
    elif full_at > latest + drop + CLOCK_SKEW_SECONDS:
        _empty(name, full_at=full_at, now_full_at=latest + drop)
        return drop
    elif full_at > mine:
        return full_at - mine
    # The row is new, or its bucket was refilled meanwhile: try once more.
    return 0.0 if _pour(name, drop=drop, moment=moment, latest=mine) else drop


def check_person(user: User, now: datetime, *, doing: str = "person") -> None:
    """Count one request of this person; each kind of doing has a count of its own.

    :raises TooManyRequests: when there were more than `REQUESTS_PER_MINUTE`.
    """
    _check(f"{doing}:{user.pk}", settings.REQUESTS_PER_MINUTE, now)


def check_reads(user: User, now: datetime) -> None:
    """Count one page or list for which Google is asked; what is answered from memory or the index is free.

    :raises TooManyRequests: when there were more than `READS_PER_MINUTE`.
    """
    _check(f"read:{user.pk}", settings.READS_PER_MINUTE, now)


def _check(name: str, limit: int, now: datetime) -> None:
    if wait := take(name, rate_per_minute=limit, burst=limit, now=now):
        raise TooManyRequests(limit=limit, retry_after=wait)


def _pour(name: str, *, drop: float, moment: float, latest: float) -> bool:
    return bool(_POUR.run(name=name, drop=drop, moment=moment, latest=latest))


_POUR = CompiledUpdate(
    lambda: QuotaBucket.objects.filter(name=text("name"), full_at__lte=real("latest")),
    full_at=Greatest(F("full_at"), real("moment")) + real("drop"),
)


def _full_at(name: str) -> float | None:
    return QuotaBucket.objects.filter(name=name).values_list("full_at", flat=True).first()


def _empty(name: str, *, full_at: float, now_full_at: float) -> None:
    """Reset a bucket that a wrong clock set to a future time."""
    QuotaBucket.objects.filter(name=name, full_at=full_at).update(full_at=now_full_at)


def wait_for_token(
    name: str,
    *,
    rate_per_minute: int,
    clock: Callable[[], datetime],
    sleep: Callable[[float], None],
    patience: float,
    reserve: float = 0,
) -> None:
    """Take a token from a bucket, sleeping at most `patience` seconds for it. 0 per minute means no limit.

    `reserve` tokens are left to others.

    :raises QuotaExceeded: when it would take longer; with the number of seconds.
    """
    if not rate_per_minute:
        return
    waited = 0.0
    while wait := take(
        name,
        rate_per_minute=rate_per_minute,
        burst=rate_per_minute,
        now=clock(),
        reserve=reserve,
    ):
        if waited + wait > patience:
            raise QuotaExceeded(
                "Too many calls to Google within a minute; nothing was changed",
                status=429,
                reason="OWN_LIMIT",
                retry_after=wait,
            )
        sleep(wait)
        waited += wait


def wait_for_asset_call() -> None:
    """:raises googlecloud.errors.QuotaExceeded: when the limit allows no call soon."""
    wait_for_token(
        "asset",
        rate_per_minute=settings.ASSET_CALLS_PER_MINUTE,
        clock=timezone.now,  # noqa: TID251  # passes the clock itself
        sleep=time.sleep,
        patience=PATIENCE_SECONDS,
    )


def wait_for_refresh_call() -> None:
    """Wait for a call that people can spare; a limit of its own keeps the refresh from taking more.

    :raises googlecloud.errors.QuotaExceeded: when people need all calls for longer than half a minute.
    """
    limit = settings.ASSET_CALLS_PER_MINUTE
    share = max(1, limit // REFRESH_SHARE) if limit else 0
    for name, rate, reserve in (("asset:refresh", share, 0), ("asset", limit, limit // 2)):
        wait_for_token(
            name,
            rate_per_minute=rate,
            clock=timezone.now,  # noqa: TID251  # the clock itself is handed down
            sleep=time.sleep,
            patience=REFRESH_PATIENCE_SECONDS,
            reserve=reserve,
        )


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


def wait_for_log_read() -> None:
    """:raises googlecloud.errors.QuotaExceeded: when there is no room for a read of the audit log soon."""
    wait_for_token(
        "log reads",
        rate_per_minute=LOG_READS_PER_MINUTE,
        clock=timezone.now,  # noqa: TID251  # the clock itself is handed down
        sleep=time.sleep,
        patience=LOG_PATIENCE_SECONDS,
    )


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
