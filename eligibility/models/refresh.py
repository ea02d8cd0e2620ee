"""One reading of the whole organization."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q


class Refresh(models.Model):
    """A refresh of the index: how far it is, and whether its rows are served.

    `started_at` is the age of what it read: nothing in its rows is older. The served refresh is the
    latest COMPLETE one. A RUNNING refresh whose lease has expired is continued by the next process, at
    `phase` and `page_token`. `is_cleared` says that its rows have been deleted.
    """

    class Status(models.TextChoices):
        RUNNING = "RUNNING", "running"
        COMPLETE = "COMPLETE", "complete"
        ABANDONED = "ABANDONED", "abandoned"

    class Phase(models.TextChoices):
        """In the order in which they are run."""

        PROJECTS = "PROJECTS", "projects"
        POLICIES = "POLICIES", "policies"
        VERIFICATION = "VERIFICATION", "verification"
        AVAILABLE = "AVAILABLE", "projects to offer"
        GROUPS = "GROUPS", "groups"
        ROLES = "ROLES", "role titles"
        CLEAN_UP = "CLEAN_UP", "clean-up"

    status = models.CharField(max_length=16, choices=Status.choices, default=Status.RUNNING)
    is_full = models.BooleanField(default=False)
    phase = models.CharField(max_length=16, choices=Phase.choices, default=Phase.PROJECTS)
    page_token = models.TextField(blank=True, default="")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    holder = models.CharField(max_length=36, blank=True, default="")
    lease_until = models.DateTimeField(null=True, blank=True)
    projects = models.PositiveIntegerField(default=0)
    policies = models.PositiveIntegerField(default=0)
    bindings = models.PositiveIntegerField(default=0)
    groups = models.PositiveIntegerField(default=0)
    roles = models.PositiveIntegerField(default=0)
    calls = models.PositiveIntegerField(default=0)
    warnings = models.JSONField(default=list, blank=True)
    last_error = models.CharField(max_length=500, blank=True, default="")
    failed_at = models.DateTimeField(null=True, blank=True)
    is_cleared = models.BooleanField(default=False)

    objects: ClassVar[models.Manager[Refresh]] = models.Manager()

    class Meta:
        verbose_name_plural = "refreshes"
        constraints = [
            models.UniqueConstraint(
                name="one_refresh_runs", fields=["status"], condition=Q(status="RUNNING")
            ),
            models.CheckConstraint(
                name="refresh_ends_when_it_stops",
                condition=Q(status="RUNNING", ended_at=None)
                | (~Q(status="RUNNING") & Q(ended_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M} {self.get_status_display()}"
