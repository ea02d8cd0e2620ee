"""Who delivers which message: a claim is one conditional update, and ends by itself."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Min, Q, QuerySet

from activations.domain.states import DeliveryState
from activations.models import OutboxMessage

# Longer than the slowest delivery; a process that died delays its message by this much.
LEASE = timedelta(minutes=5)
CANDIDATES = 20


def claim_next(*, worker: str, now: datetime, but: Collection[str] = ()) -> OutboxMessage | None:
    """The message that is due longest, ours until the lease ends; None when none is left.

    The attempt counts from here, so that a message that kills its process does not do so for ever.
    """
    due = (
        _due(now).exclude(channel__in=but).order_by("next_attempt_at").values_list("pk", flat=True)
    )
    for key in list(due[:CANDIDATES]):
        claimed = (
            _due(now)
            .filter(pk=key)
            .update(claimed_by=worker, claimed_until=now + LEASE, attempts=F("attempts") + 1)
        )
        if claimed:
            return OutboxMessage.objects.get(pk=key)
    return None


def settle(message: OutboxMessage, *, worker: str, **values: Any) -> bool:
    """Record what came of it and give the claim back; False when somebody else has it by now."""
    ours = OutboxMessage.objects.filter(
        pk=message.pk, claimed_by=worker, state=DeliveryState.WAITING
    )
    return bool(ours.update(**values, claimed_by="", claimed_until=None))


def next_due_at() -> datetime | None:
    """When the next waiting message is due."""
    waiting = OutboxMessage.objects.filter(state=DeliveryState.WAITING)
    found: datetime | None = waiting.aggregate(at=Min("next_attempt_at"))["at"]
    return found


def _due(now: datetime) -> QuerySet[OutboxMessage]:
    return OutboxMessage.objects.filter(
        Q(claimed_until__isnull=True) | Q(claimed_until__lte=now),
        state=DeliveryState.WAITING,
        next_attempt_at__lte=now,
    )
