"""What `manage.py verify_evidence` found, so that exports can say whether a row matches its events."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class VerificationRun(models.Model):
    """One verification of the evidence from its first event to `head_sequence`; `problem` is empty when the chain is unbroken."""

    started_at = models.DateTimeField()
    head_sequence = models.BigIntegerField()
    head_hash = models.CharField(max_length=64)
    problem = models.TextField(blank=True)
    differences = models.PositiveBigIntegerField()

    objects: ClassVar[models.Manager[VerificationRun]] = models.Manager()

    def __str__(self) -> str:
        return f"{self.head_sequence}:{self.head_hash}"


class RowDifference(models.Model):
    """One row that did not match its events, in words; `key` is the row's own among those of its request."""

    run = models.ForeignKey(VerificationRun, on_delete=models.PROTECT, related_name="found")
    table = models.CharField(max_length=20)
    key = models.CharField(max_length=255)
    request_key = models.CharField(max_length=64)
    message = models.TextField()

    objects: ClassVar[models.Manager[RowDifference]] = models.Manager()

    class Meta:
        indexes = [models.Index(name="difference_of_request", fields=["run", "request_key"])]

    def __str__(self) -> str:
        return f"{self.table} {self.key}: {self.message}"
