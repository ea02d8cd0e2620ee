"""Decisions about several requests that a reviewer made in one step, with the result of each.

Not evidence: each decision that was carried out has its own events. The rows let a page show progress and
results after a reload, and let a scheduled job finish what a page left.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from activations.models.request import Request

# What nobody carried out by then is dropped, because requests and facts change.
VALID_FOR = timedelta(minutes=10)
# A decision in progress for longer belongs to a process that ended; deciding again changes nothing twice.
STALE_AFTER = timedelta(minutes=2)
# A page that shows no activity for this long was closed, or lost its connection.
LEFT_AFTER = timedelta(seconds=30)
KEPT_FOR = timedelta(days=1)


class RowState(models.TextChoices):
    """How far the decision about one request is."""

    WAITING = "waiting"
    DECIDING = "deciding"
    DONE = "done"


class BulkDecision(models.Model):
    """What one person decided about several requests; `caller` is the verified origin of their click."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    email = models.CharField("reviewer", max_length=254)
    verb = models.CharField(max_length=7)
    comment = models.CharField(max_length=1000, blank=True)
    caller = models.JSONField(default=dict)
    base_url = models.CharField(max_length=255)
    made_at = models.DateTimeField(db_index=True)
    # When a page or a job last carried out one of its rows.
    active_at = models.DateTimeField()

    objects: ClassVar[models.Manager[BulkDecision]] = models.Manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="bulk_decision_verb_known", condition=Q(verb__in=["approve", "decline"])
            )
        ]

    def __str__(self) -> str:
        return f"{self.verb} by {self.email}"

    def is_over(self, now: datetime) -> bool:
        """Return whether rows that are not decided yet are dropped."""
        return now - self.made_at >= VALID_FOR


class BulkDecisionRowQuerySet(models.QuerySet["BulkDecisionRow"]):
    """Chainable conditions on rows."""

    def open(self) -> BulkDecisionRowQuerySet:
        return self.exclude(state=RowState.DONE)

    def free(self, now: datetime) -> BulkDecisionRowQuerySet:
        """Rows that nobody decides at the moment."""
        stale = Q(state=RowState.DECIDING, claimed_at__lte=now - STALE_AFTER)
        return self.filter(Q(state=RowState.WAITING) | stale)


class BulkDecisionRow(models.Model):
    """The decision about one request; `key` is what was selected, `request` is None if that is unknown."""

    of = models.ForeignKey(BulkDecision, on_delete=models.CASCADE, related_name="rows")
    position = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=64)
    request = models.ForeignKey(Request, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=8, choices=RowState.choices, default=RowState.WAITING)
    claimed_at = models.DateTimeField(null=True, blank=True)
    # The result in words, and its tone; '' until it is known.
    word = models.CharField(max_length=40, blank=True)
    details = models.TextField(blank=True)
    tone = models.CharField(max_length=20, blank=True)

    objects: ClassVar[Any] = BulkDecisionRowQuerySet.as_manager()

    class Meta:
        ordering = ("position",)
        constraints = [
            models.UniqueConstraint(name="bulk_decision_row_once", fields=["of", "key"]),
            models.CheckConstraint(
                name="bulk_decision_row_state_known", condition=Q(state__in=RowState.values)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.word or self.state}"

    @property
    def is_done(self) -> bool:
        return self.state == RowState.DONE
