"""Corrects the rows of one refresh by what effective policies say; call these inside a transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef
from django.db.models.functions import Substr

from eligibility.facts import AttachedPolicy
from eligibility.index.reading import BindingRead, indexed_node, read_bindings, text
from eligibility.index.writing import replace_bindings, stored_bindings
from eligibility.models import IndexedBinding, IndexedNode, IndexedProject, Refresh

_PROJECTS = "projects/"


@dataclass(frozen=True, slots=True)
class Correction:
    """By how much counts changed, and what to tell operators; '' when nothing differed."""

    bindings: int = 0
    projects: int = 0
    warning: str = ""


def correct(
    refresh: Refresh, project: IndexedProject, policies: Iterable[AttachedPolicy] | None
) -> Correction:
    """Make the rows of a project agree with the policies that act on it; None: it does not exist."""
    own = f"{_PROJECTS}{project.project_id}"
    if policies is None:
        removed = remove_bindings(refresh, own)
        project.delete()
        return Correction(-removed, -1)
    wanted = _wanted(own, policies)
    differing = _differing(refresh, own, wanted)
    more = sum(replace_bindings(refresh, node, wanted.get(node, ())) for node in differing)
    moved = _place(refresh, project, own, wanted)
    if not differing and not moved:
        return Correction()
    where = ", ".join(sorted(differing)) or "the folders above it"
    return Correction(
        more, 0, f"{own}: search and effective policies differed, so {where} was corrected"
    )


def unknown_node(refresh: Refresh, *, after: str) -> str | None:
    """Return the next project, as `projects/…`, that bindings name and that is not in the index."""
    known = IndexedProject.objects.filter(
        refresh=refresh, project_id=Substr(OuterRef("node"), len(_PROJECTS) + 1)
    )
    bindings = IndexedBinding.objects.filter(
        refresh=refresh, node__startswith=_PROJECTS, node__gt=after
    )
    unknown = bindings.exclude(Exists(known)).order_by("node")
    return unknown.values_list("node", flat=True).first()


def add_project(
    refresh: Refresh, project_id: str, number: str, name: str
) -> tuple[IndexedProject, int]:
    """Return the row of a project, and 1 if it is new."""
    row, is_new = IndexedProject.objects.get_or_create(
        refresh=refresh,
        project_id=project_id,
        defaults={"number": number, "name": text(name, 255)},
    )
    return row, int(is_new)


def remove_bindings(refresh: Refresh, node: str) -> int:
    """Delete the bindings of a node; return how many there were."""
    bindings = IndexedBinding.objects.filter(refresh=refresh, node=node)
    removed = bindings.count()
    bindings.delete()
    return removed


def _wanted(own: str, policies: Iterable[AttachedPolicy]) -> dict[str, Sequence[BindingRead]]:
    """Return the bindings of each node that has a policy."""
    wanted: dict[str, Sequence[BindingRead]] = {}
    for attached in policies:
        node = indexed_node(attached.attached_resource)
        # The project itself may be named by its number.
        node = own if node.startswith(_PROJECTS) else node
        if node:
            wanted[node] = read_bindings(node, attached.policy)
    return wanted


def _differing(refresh: Refresh, own: str, wanted: dict[str, Sequence[BindingRead]]) -> list[str]:
    stored = stored_bindings(refresh, {own, *wanted})
    read = {binding.key: binding.members for found in wanted.values() for binding in found}
    differing = {key[0] for key in stored.keys() | read.keys() if stored.get(key) != read.get(key)}
    return sorted(differing)


def _place(
    refresh: Refresh,
    project: IndexedProject,
    own: str,
    wanted: dict[str, Sequence[BindingRead]],
) -> bool:
    """Put a project below the nodes whose policies act on it; return whether it was elsewhere."""
    nodes = set(IndexedNode.objects.filter(project=project).values_list("node", flat=True))
    elsewhere = set(
        IndexedBinding.objects.filter(refresh=refresh, node__in=nodes - wanted.keys() - {own})
        .values_list("node", flat=True)
        .distinct()
    )
    missing = {own, *wanted} - nodes
    IndexedNode.objects.filter(project=project, node__in=elsewhere).delete()
    IndexedNode.objects.bulk_create(
        IndexedNode(refresh=refresh, project=project, node=node) for node in sorted(missing)
    )
    return bool(elsewhere or missing)
