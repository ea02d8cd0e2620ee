"""One refresh runs at a time: its row is the lease, renewed with each page."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from uuid import uuid4

from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import F, Q, QuerySet

from eligibility.index.position import Done
from eligibility.index.reading import text
from eligibility.models import Refresh

# Longer than the slowest step: waiting for the quota, then a call with its retries. Another process
# takes over within 150 seconds after the holder died.
HELD = timedelta(seconds=120)
CLOCK_SKEW = timedelta(seconds=30)
# A refresh that began earlier has read too much that has changed since.
TOO_OLD = timedelta(hours=6)
MOST_WARNINGS = 200
_LONGEST_TEXT = 500


class LostTurn(Exception):
    """Another process has taken over this refresh, because this one was silent for too long."""


def take(*, is_full: bool, now: datetime) -> Refresh | None:
    """Continue the refresh that was interrupted, or begin one; None when another process runs it.

    A refresh that began too long ago, or by its date in the future, is abandoned, and so is one that is not
    full when that is wanted.
    """
    holder = str(uuid4())
    running = Refresh.objects.filter(status=Refresh.Status.RUNNING).first()
    if running is None:
        return _begin(holder, is_full=is_full, now=now)
    if not _free(running, now).update(holder=holder, lease_until=now + HELD):
        return None
    running.refresh_from_db()
    is_recent = -CLOCK_SKEW <= now - running.started_at <= TOO_OLD
    if is_recent and running.is_full >= is_full:
        return running
    _mine(running).update(
        status=Refresh.Status.ABANDONED, ended_at=now, holder="", lease_until=None
    )
    return _begin(holder, is_full=is_full, now=now)


def hold(refresh: Refresh, *, now: datetime) -> None:
    """Renew the lease; call it first in each transaction, so that only the holder writes.

    :raises LostTurn: when another process has taken over.
    """
    if not _mine(refresh).update(lease_until=now + HELD):
        raise LostTurn


def move(refresh: Refresh, done: Done, *, calls: int) -> None:
    """Note how far the refresh is, in the transaction that stored the rows of the page."""
    counts = {name: F(name) + by for name, by in done.counts.items()}
    place = (
        {"page_token": done.next}
        if done.next is not None
        else {"page_token": "", "phase": _next_phase(refresh)}
    )
    new = (text(warning, _LONGEST_TEXT) for warning in done.warnings)
    warnings = [*refresh.warnings, *new][:MOST_WARNINGS]
    _mine(refresh).update(calls=F("calls") + calls, warnings=warnings, **place, **counts)


def is_last_phase(refresh: Refresh) -> bool:
    return refresh.phase == list(Refresh.Phase)[-1]


def complete(refresh: Refresh, *, now: datetime) -> None:
    """Serve the rows of this refresh from now on."""
    _mine(refresh).update(
        status=Refresh.Status.COMPLETE,
        ended_at=now,
        holder="",
        lease_until=None,
        page_token="",
        last_error="",
    )


def release(refresh: Refresh) -> None:
    """Let the next run continue at once."""
    _mine(refresh).update(holder="", lease_until=None)


def fail(refresh: Refresh, error: BaseException, *, now: datetime) -> None:
    """Note the failure, and let the next run continue at once."""
    said = text(f"{type(error).__name__}: {error}", _LONGEST_TEXT)
    with suppress(DatabaseError):
        _mine(refresh).update(last_error=said, failed_at=now, holder="", lease_until=None)


def _begin(holder: str, *, is_full: bool, now: datetime) -> Refresh | None:
    try:
        with transaction.atomic():
            return Refresh.objects.create(
                is_full=is_full, started_at=now, holder=holder, lease_until=now + HELD
            )
    except IntegrityError:
        return None  # another process has begun one at the same moment


def _free(refresh: Refresh, now: datetime) -> QuerySet[Refresh]:
    # A clock that was far ahead took the lease for longer than anybody may have it.
    over = Q(lease_until__lte=now) | Q(lease_until__gt=now + HELD + CLOCK_SKEW)
    return Refresh.objects.filter(Q(holder="") | over, pk=refresh.pk, status=Refresh.Status.RUNNING)


def _mine(refresh: Refresh) -> QuerySet[Refresh]:
    return Refresh.objects.filter(
        pk=refresh.pk, holder=refresh.holder, status=Refresh.Status.RUNNING
    )


def _next_phase(refresh: Refresh) -> Refresh.Phase:
    phases = list(Refresh.Phase)
    return phases[phases.index(Refresh.Phase(refresh.phase)) + 1]
