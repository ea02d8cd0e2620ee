"""Projects and the folders and organization above them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from eligibility.models.refresh import Refresh


class IndexedProject(models.Model):
    """A project as of one refresh; projects that are being deleted are left out.

    `is_offered` says that AVAILABLE_PROJECTS_QUERY found it, `has_policy` that the search for policies
    found one of its own.
    """

    refresh = models.ForeignKey(Refresh, on_delete=models.CASCADE, related_name="+")
    project_id = models.CharField(max_length=128)
    number = models.CharField(max_length=32)
    name = models.CharField(max_length=255, blank=True)
    is_offered = models.BooleanField(default=False)
    has_policy = models.BooleanField(default=False)

    objects: ClassVar[models.Manager[IndexedProject]] = models.Manager()

    class Meta:
        verbose_name = "project"
        constraints = [
            models.UniqueConstraint(name="project_once", fields=["refresh", "project_id"]),
        ]
        indexes = [models.Index(name="project_by_number", fields=["refresh", "number"])]

    def __str__(self) -> str:
        return self.project_id


class IndexedNode(models.Model):
    """One place whose policy acts on a project: itself, a folder above it, or the organization.

    `node` is `projects/<id>`, `folders/<number>` or `organizations/<number>`.
    """

    refresh = models.ForeignKey(Refresh, on_delete=models.CASCADE, related_name="+")
    project = models.ForeignKey(IndexedProject, on_delete=models.CASCADE, related_name="nodes")
    node = models.CharField(max_length=150)

    objects: ClassVar[models.Manager[IndexedNode]] = models.Manager()

    class Meta:
        verbose_name = "node"
        constraints = [
            models.UniqueConstraint(name="node_once", fields=["refresh", "node", "project"]),
        ]

    def __str__(self) -> str:
        return self.node


class IndexedFolder(models.Model):
    """A folder or organization with its display name; `node` as in `IndexedNode`."""

    refresh = models.ForeignKey(Refresh, on_delete=models.CASCADE, related_name="+")
    node = models.CharField(max_length=150)
    name = models.CharField(max_length=255, blank=True)

    objects: ClassVar[models.Manager[IndexedFolder]] = models.Manager()

    class Meta:
        verbose_name = "folder"
        constraints = [models.UniqueConstraint(name="folder_once", fields=["refresh", "node"])]

    def __str__(self) -> str:
        return self.name or self.node
