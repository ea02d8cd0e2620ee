"""Roles that people keep on top of their list: single ones, and sets with a name."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from activations.models.user import User
from eligibility.entitlements import ProjectRole


class Favorite(models.Model):
    """One role that a person starred (`set_name` is empty), or one role of a person's set.

    It grants nothing and is no evidence: people add and delete it as they like.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="favorites"
    )
    set_name = models.CharField(max_length=60, blank=True)
    role_id = models.TextField()
    # The id may be longer than an index allows.
    role_key = models.CharField(max_length=64)

    objects: ClassVar[models.Manager[Favorite]] = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="favorite_once_per_set", fields=["user", "set_name", "role_key"]
            ),
        ]

    def __str__(self) -> str:
        return self.role_id

    @classmethod
    def of(cls, user: User, role: ProjectRole, *, set_name: str = "") -> Favorite:
        """Return an unsaved row."""
        return cls(user=user, set_name=set_name, role_id=role.id, role_key=role.key)
