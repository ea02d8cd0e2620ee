"""Gives dead messages another life."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from activations.domain.states import DeliveryState
from activations.models import OutboxMessage
from activations.notifications import background_delivery


def resend(message_ids: Iterable[uuid.UUID], *, now: datetime) -> int:
    """Try these dead messages again from now on; how many there were. Others are left alone."""
    with transaction.atomic():
        revived = OutboxMessage.objects.filter(
            pk__in=list(message_ids), state=DeliveryState.DEAD
        ).update(state=DeliveryState.WAITING, next_attempt_at=now, attempts=0)
        if revived:
            transaction.on_commit(background_delivery.request_delivery, robust=True)
    return revived
