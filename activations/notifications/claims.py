"""Assigns messages to workers. A claim is one conditional update, and expires."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Min, Q, QuerySet

from activations.domain.states import DeliveryState
from activations.models import OutboxMessage

# Longer than the slowest delivery. When a process dies, its message is delayed by this time.
LEASE = timedelta(minutes=5)
CANDIDATES = 20


def claim_next(
    *, worker: str, now: datetime, except_channels: Collection[str] = ()
) -> OutboxMessage | None:
    """Claim the message that has been due longest, for LEASE; None when no message is due.

    Counts the attempt now, so that a message that crashes its process is not retried forever.
    """
    due = _due(now).exclude(channel__in=except_channels).order_by("next_attempt_at")
    for key in list(due.values_list("pk", flat=True)[:CANDIDATES]):
        claimed = (
            _due(now)
            .filter(pk=key)
            .update(claimed_by=worker, claimed_until=now + LEASE, attempts=F("attempts") + 1)
        )
        if claimed:
            return OutboxMessage.objects.get(pk=key)
    return None


def settle(message: OutboxMessage, *, worker: str, **values: Any) -> bool:
    """Record the result and release the claim. Return False when another worker has claimed it since."""
    ours = OutboxMessage.objects.filter(
        pk=message.pk, claimed_by=worker, state=DeliveryState.WAITING
    )
    return bool(ours.update(**values, claimed_by="", claimed_until=None))


def next_due_at() -> datetime | None:
    """Return when the next waiting message is due, or None."""
    waiting = OutboxMessage.objects.filter(state=DeliveryState.WAITING)
    found: datetime | None = waiting.aggregate(at=Min("next_attempt_at"))["at"]
    return found


def _due(now: datetime) -> QuerySet[OutboxMessage]:
    return OutboxMessage.objects.filter(
        Q(claimed_until__isnull=True) | Q(claimed_until__lte=now),
        state=DeliveryState.WAITING,
        next_attempt_at__lte=now,
    )
