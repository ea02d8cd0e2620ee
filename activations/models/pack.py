"""Evidence packs that people ordered in the admin, and their bytes."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q


class PackState(models.TextChoices):
    """ORDERED → MAKING → READY → DELETED; MAKING → ORDERED when a run was killed; MAKING → FAILED."""

    ORDERED = "ordered", "waits for the next run"
    MAKING = "making", "in progress"
    READY = "ready", "ready"
    DELETED = "deleted", "deleted"
    FAILED = "failed", "failed"


class EvidencePack(models.Model):
    """One order: a period of whole days in UTC, both included, and a project or all; or one access review.

    A run holds `holder` until `held_until`, and renews it; another run takes over when it has passed.
    `attempt` numbers the runs, so that the chunks of a run that was killed are never mixed with later ones.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    first_day = models.DateField()
    last_day = models.DateField()
    project_id = models.CharField("project", max_length=128, blank=True)
    campaign = models.PositiveBigIntegerField("access review", null=True, blank=True)
    campaign_name = models.CharField(max_length=100, blank=True, default="", db_default="")
    ordered_at = models.DateTimeField()
    ordered_by = models.CharField(max_length=254)
    ordered_by_subject = models.CharField(max_length=255, blank=True)
    state = models.CharField(max_length=8, choices=PackState.choices, default=PackState.ORDERED)
    attempt = models.PositiveSmallIntegerField(default=0)
    holder = models.CharField(max_length=36, blank=True)
    held_until = models.DateTimeField(null=True, blank=True)
    progress = models.CharField(max_length=200, blank=True)
    failure = models.TextField(blank=True)
    ready_at = models.DateTimeField(null=True, blank=True)
    delete_after = models.DateTimeField(null=True, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    unsigned_because = models.TextField(blank=True)

    objects: ClassVar[models.Manager[EvidencePack]] = models.Manager()

    class Meta:
        verbose_name = "evidence pack"
        indexes = [models.Index(name="pack_newest", fields=["-ordered_at"])]
        constraints = [
            models.CheckConstraint(
                name="pack_state_known", condition=Q(state__in=PackState.values)
            ),
            models.CheckConstraint(
                name="pack_period_in_order", condition=Q(last_day__gte=models.F("first_day"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_day} to {self.last_day}"


class PackChunk(models.Model):
    """A part of the bytes of one attempt; the parts in the order of `number` are the file."""

    pack = models.ForeignKey(EvidencePack, on_delete=models.PROTECT, related_name="chunks")
    attempt = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()
    data = models.BinaryField()

    objects: ClassVar[models.Manager[PackChunk]] = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="pack_chunk_once", fields=["pack", "attempt", "number"]),
        ]

    def __str__(self) -> str:
        return f"{self.pack_id} {self.attempt}.{self.number}"
