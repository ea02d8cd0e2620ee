"""Bindings that make a role eligible, or that were probably meant to."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from eligibility.models.refresh import Refresh


class IndexedBinding(models.Model):
    """A binding whose condition holds a marker, or something like one.

    `activation_type` is empty for a near miss: it makes nothing eligible, and `warning` says why.
    `title`, `description` and `expression` are the condition as it was read; `resource_condition` is the
    canonical rest of it.
    """

    refresh = models.ForeignKey(Refresh, on_delete=models.CASCADE, related_name="+")
    node = models.CharField(max_length=150)
    role = models.CharField(max_length=255)
    title = models.TextField(blank=True)
    description = models.TextField(blank=True, default="", db_default="")
    expression = models.TextField()
    activation_type = models.CharField(max_length=3, blank=True)
    resource_condition = models.TextField(blank=True)
    warning = models.TextField(blank=True)

    objects: ClassVar[models.Manager[IndexedBinding]] = models.Manager()

    class Meta:
        verbose_name = "eligible binding"
        indexes = [
            models.Index(name="binding_by_node", fields=["refresh", "node"]),
            models.Index(name="binding_by_role", fields=["refresh", "role"]),
        ]
        constraints = [
            models.CheckConstraint(
                name="binding_type_is_known", condition=Q(activation_type__in=["", "JIT", "MPA"])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} on {self.node}"


class IndexedMember(models.Model):
    """One member of an indexed binding, in lower case, as `user:alice@example.com`."""

    refresh = models.ForeignKey(Refresh, on_delete=models.CASCADE, related_name="+")
    binding = models.ForeignKey(IndexedBinding, on_delete=models.CASCADE, related_name="members")
    member = models.CharField(max_length=400)

    objects: ClassVar[models.Manager[IndexedMember]] = models.Manager()

    class Meta:
        verbose_name = "member"
        constraints = [
            models.UniqueConstraint(name="member_once", fields=["refresh", "member", "binding"]),
        ]

    def __str__(self) -> str:
        return self.member
