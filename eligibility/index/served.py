"""Which refresh is served, and how old it is."""

from __future__ import annotations

from datetime import datetime, timedelta

from eligibility.models import Refresh

USABLE = timedelta(days=1)


def served(now: datetime) -> Refresh | None:
    """Return the latest complete refresh; None when there is none, or it began over a day ago."""
    found = _latest()
    return found if found and now - found.started_at <= USABLE else None


def last_read_at() -> datetime | None:
    """Return when the latest complete refresh began to read, however long ago; None without one."""
    found = _latest()
    return found.started_at if found else None


def _latest() -> Refresh | None:
    complete = Refresh.objects.filter(status=Refresh.Status.COMPLETE)
    return complete.order_by("-started_at").first()


def indexed_at(refresh: Refresh | None) -> int | None:
    """Return the age of the lists that a refresh gives, in epoch seconds: when it began to read."""
    return int(refresh.started_at.timestamp()) if refresh else None
