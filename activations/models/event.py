"""The evidence: one event per step, append-only, linked by hashes."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from activations.domain.chain import chain_hash, timestamp
from activations.models.grant import Grant
from activations.models.quick_rows import QuickRows
from activations.models.request import Request


class ChainHead(models.Model):
    """The end of the chain; its row lock serializes writers."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    sequence = models.BigIntegerField()
    hash = models.CharField(max_length=64)
    # The last event that was searched for rows that version 0.1.0 wrote without their facts.
    taken_in = models.BigIntegerField(db_default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(name="chain_has_one_head", condition=models.Q(id=1)),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.hash}"


class Event(QuickRows):
    """One step: from, to, who, why, when. An empty actor is the automation.

    Triggers in the database refuse UPDATE, DELETE, TRUNCATE and a row out of sequence.
    """

    sequence = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    kind = models.CharField(max_length=40)
    request = models.ForeignKey(
        Request, on_delete=models.PROTECT, null=True, blank=True, related_name="events"
    )
    grant = models.ForeignKey(
        Grant, on_delete=models.PROTECT, null=True, blank=True, related_name="events"
    )
    project_id = models.CharField("project", max_length=128, blank=True)
    role = models.CharField(max_length=255, blank=True)
    beneficiary_email = models.CharField("beneficiary", max_length=254, blank=True)
    actor_email = models.CharField("actor", max_length=254, blank=True)
    actor_subject = models.CharField(max_length=255, blank=True)
    was = models.CharField(max_length=20, blank=True)
    became = models.CharField(max_length=20, blank=True)
    comment = models.TextField(blank=True)
    details = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    # The later event that recorded how names in this one were replaced by pseudonyms; the hash does not cover it.
    pseudonymized_by = models.BigIntegerField(null=True, blank=True)

    objects: ClassVar[models.Manager[Event]] = models.Manager()

    class Meta:
        indexes = [
            models.Index(name="event_newest", fields=["-at"]),
            models.Index(name="event_by_kind", fields=["kind", "-at"]),
            models.Index(name="event_by_beneficiary", fields=["beneficiary_email", "-at"]),
            models.Index(name="event_by_actor", fields=["actor_email", "-at"]),
            models.Index(name="event_on_project", fields=["project_id", "-at"]),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.kind}"

    def content(self) -> dict[str, Any]:
        """Everything that the hash covers."""
        return {
            "sequence": self.sequence,
            "at": timestamp(self.at),
            "kind": self.kind,
            "request": str(self.request_id or ""),
            "grant": str(self.grant_id or ""),
            "project_id": self.project_id,
            "role": self.role,
            "beneficiary_email": self.beneficiary_email,
            "actor_email": self.actor_email,
            "actor_subject": self.actor_subject,
            "was": self.was,
            "became": self.became,
            "comment": self.comment,
            "details": self.details,
        }

    def computed_hash(self) -> str:
        return chain_hash(previous=self.previous_hash, content=self.content())
