"""The queue of our own writers on one project's policy."""

from __future__ import annotations

from django.db import models


class ProjectLease(models.Model):
    """Whose turn it is; `generation` counts our writes, so that a policy read before is known stale."""

    project_id = models.CharField(primary_key=True, max_length=128)
    holder = models.CharField(max_length=36, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    generation = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.project_id} {self.holder}"
