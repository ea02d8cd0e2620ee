"""Adds to rows of the index what other tables know about them: titles, names and last uses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice

from activations.models import EligibleMember
from activations.reporting.uses import last_uses
from eligibility.index.titles import role_titles
from eligibility.models import IndexedFolder, IndexedProject


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
