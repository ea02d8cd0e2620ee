"""The leases by which our own writers take turns on one project's policy."""

from __future__ import annotations

from django.db import models


class ProjectLease(models.Model):
    """Who may write now; `generation` counts our writes, to detect a policy that was read before one."""

    project_id = models.CharField(primary_key=True, max_length=128)
    holder = models.CharField(max_length=36, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    generation = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.project_id} {self.holder}"
