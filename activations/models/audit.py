"""What was read from Google's audit log, and what it shows about the records."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from activations.domain.audit_entries import LABELS, ChangeKind, FindingKind
from activations.models.grant import Grant


class AuditSource(models.Model):
    """A log view or a project (`projects/ID`) whose entries are read.

    Everything between `first_from` and `read_through` has been read. `problem` says why the last try
    read nothing; '' when it did.
    """

    name = models.CharField(primary_key=True, max_length=255)
    is_view = models.BooleanField()
    first_from = models.DateTimeField()
    read_through = models.DateTimeField(null=True, blank=True)
    problem = models.TextField(blank=True)
    tried_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[AuditSource]] = models.Manager()

    def __str__(self) -> str:
        return self.name


class AuditReading(models.Model):
    """A period that is being read from some sources: where the next page begins.

    Closed after the last page, and then used for another period, because the application may not be allowed to
    delete rows.
    """

    names = models.JSONField()
    start = models.DateTimeField()
    end = models.DateTimeField()
    token = models.TextField(blank=True)
    pages = models.PositiveIntegerField(default=0)
    is_open = models.BooleanField(default=True)

    objects: ClassVar[models.Manager[AuditReading]] = models.Manager()

    def __str__(self) -> str:
        return f"{len(self.names)} sources to {self.end:%Y-%m-%d %H:%M}"


class AuditEntry(models.Model):
    """A SetIamPolicy entry that concerns JIT Access; `key` is the hash of what identifies it in Cloud Logging."""

    key = models.CharField(max_length=64, unique=True)
    insert_id = models.CharField(max_length=255)
    log_name = models.CharField(max_length=512)
    at = models.DateTimeField()
    read_at = models.DateTimeField()
    resource = models.CharField(max_length=255)
    project_id = models.CharField("project", max_length=128, blank=True)
    principal = models.CharField(max_length=320, blank=True)
    reason = models.TextField(blank=True)
    etag = models.CharField(max_length=128, blank=True)
    is_ours = models.BooleanField()
    judged_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[AuditEntry]] = models.Manager()

    class Meta:
        indexes = [
            models.Index(name="audit_entry_newest", fields=["-at", "-id"]),
            models.Index(name="audit_entry_by_etag", fields=["project_id", "etag"]),
            models.Index(name="audit_entry_to_judge", fields=["at"], condition=Q(judged_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.principal} on {self.resource}"


class AuditChange(models.Model):
    """One member that an entry shows as added to a binding or removed from it."""

    entry = models.ForeignKey(AuditEntry, on_delete=models.PROTECT, related_name="changes")
    position = models.PositiveIntegerField()
    kind = models.CharField(
        max_length=12, choices=[(kind.value, kind.value) for kind in ChangeKind]
    )
    is_added = models.BooleanField()
    role = models.CharField(max_length=255)
    member = models.CharField(max_length=512)
    title = models.TextField(blank=True)
    expression = models.TextField(blank=True)

    objects: ClassVar[models.Manager[AuditChange]] = models.Manager()

    class Meta:
        indexes = [models.Index(name="audit_change_by_kind", fields=["kind", "-id"])]
        constraints = [
            models.UniqueConstraint(name="audit_change_once", fields=["entry", "position"]),
        ]

    def __str__(self) -> str:
        return f"{'+' if self.is_added else '-'} {self.role} {self.member}"


class AuditedGrant(models.Model):
    """A grant whose write was looked for in the log; without `entry` it is missing there."""

    grant = models.OneToOneField(Grant, on_delete=models.PROTECT, related_name="audited")
    entry = models.ForeignKey(AuditEntry, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    objects: ClassVar[models.Manager[AuditedGrant]] = models.Manager()

    class Meta:
        indexes = [
            models.Index(name="audited_missing", fields=["at"], condition=Q(entry=None)),
        ]

    def __str__(self) -> str:
        return f"{self.grant_id} {'confirmed' if self.entry_id else 'missing'}"


class AuditFinding(models.Model):
    """Something that the log and the records do not agree on; `key` names what it is about."""

    key = models.CharField(max_length=120, unique=True)
    kind = models.CharField(
        max_length=12, choices=[(k.value, label) for k, label in LABELS.items()]
    )
    entry = models.ForeignKey(AuditEntry, on_delete=models.PROTECT, null=True, related_name="+")
    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, null=True, related_name="+")
    resource = models.CharField(max_length=255)
    principal = models.CharField(max_length=320, blank=True)
    words = models.TextField()
    found_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=254, blank=True)
    comment = models.CharField(max_length=1000, blank=True)

    objects: ClassVar[models.Manager[AuditFinding]] = models.Manager()

    class Meta:
        indexes = [
            models.Index(name="audit_finding_newest", fields=["-found_at", "-id"]),
            models.Index(
                name="audit_finding_open", fields=["found_at"], condition=Q(closed_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.resource}"

    @property
    def label(self) -> str:
        return LABELS[FindingKind(self.kind)]
