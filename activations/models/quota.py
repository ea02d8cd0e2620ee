"""How much of a quota is left, shared by all processes."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class QuotaBucket(models.Model):
    """A bucket of tokens, as the one number that one UPDATE can decide on.

    `full_at` is when the bucket will be full again, in seconds since 1970: each token taken moves it
    on by the time that a token needs to flow back. A row of the past says the same as no row.
    """

    name = models.CharField(primary_key=True, max_length=200)
    full_at = models.FloatField()

    objects: ClassVar[models.Manager[QuotaBucket]] = models.Manager()

    def __str__(self) -> str:
        return self.name
