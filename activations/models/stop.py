"""People whose access an administrator stopped."""

from __future__ import annotations

import uuid
from datetime import UTC
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from activations.domain.text import folded, visible


class Stop(models.Model):
    """One person who may not use JIT Access until the stop is lifted.

    `user` is empty for an address that was never seen; it is set to the first person who has it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="stops",
    )
    email = models.CharField("person", max_length=254)
    reason = models.CharField(max_length=1000)
    stopped_at = models.DateTimeField()
    stopped_by = models.CharField(max_length=254)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.CharField(max_length=254, blank=True)

    objects: ClassVar[models.Manager[Stop]] = models.Manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="stop_has_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="stop_lifted_by_somebody",
                condition=Q(lifted_at=None) | ~Q(lifted_by=""),
            ),
            models.UniqueConstraint(
                name="stop_once_per_person", fields=["user"], condition=Q(lifted_at=None)
            ),
            models.UniqueConstraint(
                name="stop_once_per_address",
                fields=["email"],
                condition=Q(lifted_at=None, user=None),
            ),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def refusal(self) -> str:
        """The message to the person: who stopped them, when, why, and whom to contact."""
        at = self.stopped_at.astimezone(UTC)
        helper = self.stopped_by if "@" in self.stopped_by else "your administrator"
        return (
            f"An administrator stopped your access on {at:%Y-%m-%d %H:%M} UTC."
            f" Reason: {visible(folded(self.reason))}. Ask {helper} if you need access again."
        )
