"""Writes rows of one refresh, a page at a time; call everything here inside a transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TypeVar

from django.db.models import Model, QuerySet

from eligibility.index.reading import BindingKey, BindingRead, FolderRead, ProjectRead, merged
from eligibility.models import (
    IndexedBinding,
    IndexedFolder,
    IndexedMember,
    IndexedNode,
    IndexedProject,
    Refresh,
)

BATCH = 1000
M = TypeVar("M", bound=Model)


def add_projects(refresh: Refresh, found: Iterable[ProjectRead]) -> int:
    """Store projects with the nodes above them; those that are stored already are left as they are."""
    projects = {project.project_id: project for project in found}
    known = IndexedProject.objects.filter(refresh=refresh, project_id__in=projects)
    for project_id in known.values_list("project_id", flat=True):
        del projects[project_id]
    rows = IndexedProject.objects.bulk_create(
        [
            IndexedProject(
                refresh=refresh, project_id=each.project_id, number=each.number, name=each.name
            )
            for each in projects.values()
        ]
    )
    IndexedNode.objects.bulk_create(
        IndexedNode(refresh=refresh, project=row, node=node)
        for row in rows
        for node in projects[row.project_id].nodes
    )
    return len(rows)


def add_folders(refresh: Refresh, found: Iterable[FolderRead]) -> None:
    """Store folders and organizations, each once."""
    IndexedFolder.objects.bulk_create(
        [IndexedFolder(refresh=refresh, node=each.node, name=each.name) for each in found],
        ignore_conflicts=True,
    )


def add_bindings(refresh: Refresh, found: Sequence[BindingRead]) -> int:
    """Store bindings with their members; of a binding that is stored already, members are added."""
    wanted: dict[BindingKey, BindingRead] = {}
    for each in found:
        same = wanted.get(each.key)
        wanted[each.key] = merged(same, each) if same else each
    stored = IndexedBinding.objects.filter(
        refresh=refresh, node__in={each.node for each in wanted.values()}
    )
    rows = {_key(row): row for row in stored.iterator(chunk_size=BATCH) if _key(row) in wanted}
    new = [_row(refresh, each) for key, each in wanted.items() if key not in rows]
    rows |= {_key(row): row for row in IndexedBinding.objects.bulk_create(new)}
    IndexedMember.objects.bulk_create(
        [
            IndexedMember(refresh=refresh, binding=rows[key], member=member)
            for key, each in wanted.items()
            for member in sorted(each.members)
        ],
        batch_size=BATCH,
        ignore_conflicts=True,
    )
    return len(new)


def replace_bindings(refresh: Refresh, node: str, found: Sequence[BindingRead]) -> int:
    """Store these bindings of a node instead of those before; return by how many there are more."""
    before = IndexedBinding.objects.filter(refresh=refresh, node=node)
    removed = before.count()
    before.delete()
    return add_bindings(refresh, found) - removed


def stored_bindings(refresh: Refresh, nodes: Collection[str]) -> dict[BindingKey, frozenset[str]]:
    """Return the members of each stored binding of these nodes, by the key of `BindingRead`."""
    rows = IndexedBinding.objects.filter(refresh=refresh, node__in=nodes)
    return {
        _key(row): frozenset(member.member for member in row.members.all())
        for row in rows.prefetch_related("members")
    }


def delete_batch(rows: QuerySet[M]) -> bool:
    """Delete at most a thousand rows, and what depends on them; return whether there were any."""
    pks = list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH])
    if pks:
        rows.filter(pk__in=pks).delete()
    return bool(pks)


def delete_some(querysets: Iterable[QuerySet[M]]) -> bool:
    """Delete one batch from the first list that is not empty; return whether there was one."""
    return any(delete_batch(rows) for rows in querysets)


def _key(row: IndexedBinding) -> BindingKey:
    return row.node, row.role, row.title, row.description, row.expression


def _row(refresh: Refresh, binding: BindingRead) -> IndexedBinding:
    return IndexedBinding(
        refresh=refresh,
        node=binding.node,
        role=binding.role,
        title=binding.title,
        description=binding.description,
        expression=binding.expression,
        activation_type=binding.activation_type,
        resource_condition=binding.resource_condition,
        warning=binding.warning,
    )
