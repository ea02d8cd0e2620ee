"""The texts of access policies, each once."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

SHA256_LENGTH = 64


class PolicyVersion(models.Model):
    """A text with its hash and its author. Triggers refuse to change or delete a row."""

    text = models.TextField()
    sha256 = models.CharField(max_length=SHA256_LENGTH, unique=True)
    author_email = models.CharField("author", max_length=254)
    author_subject = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField()

    objects: ClassVar[models.Manager[PolicyVersion]] = models.Manager()

    class Meta:
        verbose_name = "access policy"
        verbose_name_plural = "access policies"
        constraints = [
            models.CheckConstraint(
                name="policy_version_has_author", condition=~models.Q(author_email="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk} ({self.sha256[:12]})"
