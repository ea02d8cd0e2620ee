"""When each scheduled job last ran, so that a job that no longer runs is noticed."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class JobRun(models.Model):
    """The last run of one job; `failure` is empty when it succeeded."""

    name = models.CharField(primary_key=True, max_length=40)
    last_started_at = models.DateTimeField()
    last_ended_at = models.DateTimeField(null=True, blank=True)
    failure = models.TextField(blank=True)

    objects: ClassVar[models.Manager[JobRun]] = models.Manager()

    def __str__(self) -> str:
        return self.name
