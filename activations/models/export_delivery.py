"""What was delivered to the bucket of `EXPORT_BUCKET`: one folder a day."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q


class ExportDelivery(models.Model):
    """The folder of one day in UTC. `done_at` is empty until its manifest is stored; `failure` says why it is not.

    `bucket` and `begun_at` are those of the last try that found no file stored. `is_late` when the day was over for
    longer than a day as the delivery ended, or began while it is open, so that its rows have later states.
    """

    day = models.DateField(primary_key=True)
    bucket = models.CharField(max_length=222)
    begun_at = models.DateTimeField()
    is_late = models.BooleanField()
    failure = models.TextField(blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    manifest_sha256 = models.CharField(max_length=64, blank=True)

    objects: ClassVar[models.Manager[ExportDelivery]] = models.Manager()

    class Meta:
        verbose_name_plural = "export deliveries"
        indexes = [
            models.Index(name="delivery_open", fields=["day"], condition=Q(done_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.bucket}/{self.day}"


class DeliveredFile(models.Model):
    """One file of a folder. `upload` marks our object in the bucket, so that a run after a crash recognizes it."""

    delivery = models.ForeignKey(ExportDelivery, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(max_length=100)
    upload = models.UUIDField(default=uuid.uuid4)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    rows = models.PositiveBigIntegerField(default=0)
    stored_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[DeliveredFile]] = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="delivered_file_once", fields=["delivery", "name"]),
        ]

    def __str__(self) -> str:
        return f"{self.delivery_id}/{self.name}"
