"""Sends messages again whose delivery failed."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from activations.domain.states import DeliveryState
from activations.models import OutboxMessage
from activations.notifications import background_delivery


def resend(message_ids: Iterable[uuid.UUID], *, now: datetime) -> int:
    """Queue those of these messages whose delivery failed, and return how many there were."""
    with transaction.atomic():
        queued = OutboxMessage.objects.filter(
            pk__in=list(message_ids), state=DeliveryState.DEAD
        ).update(state=DeliveryState.WAITING, next_attempt_at=now, attempts=0)
        if queued:
            transaction.on_commit(background_delivery.request_delivery, robust=True)
    return queued
