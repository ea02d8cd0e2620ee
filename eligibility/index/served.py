"""Which refresh is served, and how old it is.

One refresh runs at a time, so the latest has the highest key. Times do not tell: a clock that was ahead
once would hide all later refreshes.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from eligibility.compiled import Compiled
from eligibility.models import Refresh

USABLE = timedelta(days=1)
CLOCK_SKEW = timedelta(minutes=5)

_LATEST: Compiled[Refresh] = Compiled(
    lambda: Refresh.objects.filter(status=Refresh.Status.COMPLETE).order_by("-pk")[:1]
)


def served(now: datetime) -> Refresh | None:
    """Return the latest complete refresh; None when there is none that lists may use."""
    found = latest()
    return found if found and is_usable(found, now) else None


def latest() -> Refresh | None:
    """Return the latest complete refresh, however old; only the admin shows it when it is old."""
    return _LATEST.first()


def is_usable(refresh: Refresh, now: datetime) -> bool:
    """Whether lists may use what this refresh read.

    False when it began over a day ago, or a wrong clock dated it to the future, so that its age is not
    known.
    """
    return -CLOCK_SKEW <= now - refresh.started_at <= USABLE


def last_read_at() -> datetime | None:
    """Return when the latest complete refresh began to read, however long ago; None without one."""
    found = latest()
    return found.started_at if found else None
