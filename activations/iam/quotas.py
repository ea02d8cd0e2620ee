"""Token buckets in the database: Google's quotas and the limit per person are shared by all instances."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db.models import F, Value
from django.db.models.functions import Greatest

from activations.models import QuotaBucket, User

# Synchronized clocks differ by less. Beyond this, a clock was wrong when the bucket was used; a clock
# that is ahead must not make everybody else wait until that time.
CLOCK_SKEW_SECONDS = 5.0
NEVER_USED = 0.0


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
    limit = settings.REQUESTS_PER_MINUTE
    wait = take(f"{doing}:{user.pk}", rate_per_minute=limit, burst=limit, now=now)
    if wait:
        raise TooManyRequests(limit=limit, retry_after=wait)


def _pour(name: str, *, drop: float, moment: float, latest: float) -> bool:
    bucket = QuotaBucket.objects.filter(name=name, full_at__lte=latest)
    return bool(bucket.update(full_at=Greatest(F("full_at"), Value(moment)) + drop))


def _full_at(name: str) -> float | None:
    return QuotaBucket.objects.filter(name=name).values_list("full_at", flat=True).first()


def _empty(name: str, *, full_at: float, now_full_at: float) -> None:
    """Reset a bucket that a wrong clock set to a future time."""
    QuotaBucket.objects.filter(name=name, full_at=full_at).update(full_at=now_full_at)
