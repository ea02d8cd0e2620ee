"""How much of a quota is left, shared by all processes."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class QuotaBucket(models.Model):
    """A token bucket, stored as one number so that one UPDATE decides.

    `full_at` is when the bucket will be full again, in seconds since 1970: each token taken moves it
    later by the time that one token takes to refill. A time in the past means the same as no row.
    """

    name = models.CharField(primary_key=True, max_length=200)
    full_at = models.FloatField()

    objects: ClassVar[models.Manager[QuotaBucket]] = models.Manager()

    def __str__(self) -> str:
        return self.name
