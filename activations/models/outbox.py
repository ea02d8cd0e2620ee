"""Messages that wait for delivery, saved in the transaction of what they announce."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from activations.domain.states import Channel, DeliveryState
from activations.models.request import Request


class OutboxMessage(models.Model):
    """One mail or Pub/Sub message. Delivered at least once; receivers detect duplicates by `id`.

    `payload` is complete: a late delivery says what was true when it happened.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(
        Request, on_delete=models.PROTECT, null=True, blank=True, related_name="messages"
    )
    kind = models.CharField(max_length=40)
    channel = models.CharField(max_length=8, choices=[(c.value, c.value) for c in Channel])
    recipients = models.JSONField(default=dict, blank=True)
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=[(s.value, s.value) for s in DeliveryState])
    created_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_by = models.CharField(max_length=36, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)

    objects: ClassVar[models.Manager[OutboxMessage]] = models.Manager()

    class Meta:
        verbose_name = "message"
        indexes = [
            models.Index(
                name="message_due",
                fields=["next_attempt_at"],
                condition=Q(state=DeliveryState.WAITING.value),
            ),
            models.Index(name="message_newest", fields=["-created_at", "-id"]),
            models.Index(
                name="message_dead",
                fields=["-created_at"],
                condition=Q(state=DeliveryState.DEAD.value),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="message_waiting_has_time",
                condition=~Q(state=DeliveryState.WAITING.value) | Q(next_attempt_at__isnull=False),
            ),
            models.CheckConstraint(
                name="message_state_known",
                condition=Q(state__in=[s.value for s in DeliveryState]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.channel}"
