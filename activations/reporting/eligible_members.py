"""Adds to rows of the index what other tables know about them: titles, names and last uses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice

from django.db.models import Q

from activations.models import EligibleMember
from activations.reporting.uses import last_uses
from eligibility.index.titles import role_titles
from eligibility.models import IndexedBinding, IndexedFolder, IndexedProject, Refresh


def describe(rows: Sequence[EligibleMember], as_of: datetime) -> None:
    """Fill in titles of roles, names of places and last uses. Takes at most eight queries, however many rows."""
    titles = role_titles(row.binding.role for row in rows)
    names = _names(rows)
    uses = last_uses(rows, until=as_of)
    for row in rows:
        row.role_title = titles.get(row.binding.role, "")
        row.place_name = names.get(row.binding.node, "")
        row.last_used = uses.get(row.pk)


def _names(rows: Iterable[EligibleMember]) -> dict[str, str]:
    nodes = {row.binding.node for row in rows}
    refreshes = {row.refresh_id for row in islice(rows, 1)}
    projects = IndexedProject.objects.filter(
        refresh__in=refreshes, project_id__in=[node.removeprefix("projects/") for node in nodes]
    )
    folders = IndexedFolder.objects.filter(refresh__in=refreshes, node__in=nodes)
    names = dict(folders.values_list("node", "name"))
    return names | {f"projects/{one.project_id}": one.name for one in projects}


def on_nodes(nodes: Iterable[str], refresh: Refresh | None) -> Q:
    """Return the condition for bindings on any of these nodes, which are few, so that an index finds them."""
    bindings = IndexedBinding.objects.filter(refresh=refresh, node__in=sorted(set(nodes)))
    return Q(binding__in=bindings.values("pk"))
