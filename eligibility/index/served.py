"""Which refresh is served, and how old it is.

One refresh runs at a time, so the latest has the highest key. Times do not tell: a clock that was ahead
once would hide all later refreshes.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from eligibility.models import Refresh

USABLE = timedelta(days=1)
CLOCK_SKEW = timedelta(minutes=5)


def served(now: datetime) -> Refresh | None:
    """Return the latest complete refresh.

    None when there is none, it began over a day ago, or a wrong clock dated it to the future, so that
    its age is not known.
    """
    found = latest()
    return found if found and -CLOCK_SKEW <= now - found.started_at <= USABLE else None


def last_read_at() -> datetime | None:
    """Return when the latest complete refresh began to read, however long ago; None without one."""
    found = latest()
    return found.started_at if found else None


def latest() -> Refresh | None:
    """Return the latest complete refresh, however old it is."""
    return Refresh.objects.filter(status=Refresh.Status.COMPLETE).order_by("-pk").first()


def indexed_at(refresh: Refresh | None) -> int | None:
    """Return the age of the lists that a refresh gives, in epoch seconds: when it began to read."""
    return int(refresh.started_at.timestamp()) if refresh else None
