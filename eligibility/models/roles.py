"""The titles of roles."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class IndexedRole(models.Model):
    """A role with its title, as IAM describes it; empty when IAM returned none."""

    role = models.CharField(max_length=255, unique=True)
    title = models.CharField(max_length=255, blank=True)
    description = models.TextField(blank=True)
    stage = models.CharField(max_length=32, blank=True)
    seen_at = models.DateTimeField()

    objects: ClassVar[models.Manager[IndexedRole]] = models.Manager()

    class Meta:
        verbose_name = "role"

    def __str__(self) -> str:
        return self.title or self.role
