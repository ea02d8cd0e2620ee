"""Reviewers who are absent, and who decides for them."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from activations.models.user import User


class AbsenceQuerySet(models.QuerySet["Absence"]):
    """Chainable conditions on absences."""

    def lasting(self, now: datetime | Now) -> AbsenceQuerySet:
        """Absences that have begun and not ended; `Now()` stands for the clock of the database."""
        return self.filter(starts_at__lte=now, ends_at__gt=now, ended_at=None)

    def with_deputy(self, user: User) -> AbsenceQuerySet:
        """Absences for which this person is the deputy: by account, or by address if it was unknown."""
        return self.filter(Q(deputy=user) | Q(deputy=None, deputy_email=user.email))


class Absence(models.Model):
    """A time in which a deputy may decide what `user` may decide; it can be ended early.

    `deputy` is empty while nobody has signed in with the address.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="absences"
    )
    email = models.CharField("reviewer", max_length=254)
    deputy = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="deputy_in",
    )
    deputy_email = models.CharField("deputy", max_length=254)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    named_at = models.DateTimeField()
    # Before `ends_at`, or when it was replaced.
    ended_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[Absence]] = AbsenceQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                name="absence_of_deputy", fields=["deputy_email"], condition=Q(ended_at=None)
            )
        ]
        constraints = [
            models.CheckConstraint(
                name="absence_ends_after_start", condition=Q(ends_at__gt=F("starts_at"))
            ),
            models.CheckConstraint(
                name="absence_deputy_is_another", condition=~Q(email=F("deputy_email"))
            ),
            models.UniqueConstraint(
                name="absence_once_per_person", fields=["user"], condition=Q(ended_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deputy_email} for {self.email}"
