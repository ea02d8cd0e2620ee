"""Reads all policies of projects, folders and the organization, and keeps bindings with markers.

Google cannot search for our markers: a search for words misses misspelled ones, and bindings that are
meant to be eligible but are not must be reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from eligibility.index.position import Done, Write, page, token_of
from eligibility.index.reading import indexed_node, read_bindings
from eligibility.index.work import Work
from eligibility.index.writing import add_bindings, delete_batch, delete_some
from eligibility.models import IndexedBinding, IndexedMember, IndexedProject, Refresh
from googlecloud.policy_search import FoundPolicy


def step(work: Work, position: str) -> Write:
    work.sources.throttle()
    found = work.sources.cloud.policy_search.page(
        scope=work.sources.scope, token=token_of(position)
    )

    def write() -> Done:
        nodes = _nodes(work.refresh, found.items)
        bindings = [
            binding
            for item in found.items
            if (node := nodes[item.resource])
            for binding in read_bindings(node, item.policy)
        ]
        _note_policies(work.refresh, nodes.values())
        counts = {"policies": len(found.items), "bindings": add_bindings(work.refresh, bindings)}
        return Done(page(found.next_token), counts)

    return write


def undo(refresh: Refresh) -> bool:
    """Delete some of what the phase stored; return whether there was any."""
    if delete_batch(IndexedMember.objects.filter(refresh=refresh)):
        return True
    if delete_some([IndexedBinding.objects.filter(refresh=refresh)]):
        return True
    IndexedProject.objects.filter(refresh=refresh, has_policy=True).update(has_policy=False)
    return False


def _nodes(refresh: Refresh, found: Iterable[FoundPolicy]) -> Mapping[str, str]:
    """Return the node of each resource; projects that Google names by number get their id."""
    nodes = {item.resource: indexed_node(item.resource) for item in found}
    numbers = {
        node.partition("/")[2]
        for node in nodes.values()
        if node.startswith("projects/") and node.partition("/")[2].isdigit()
    }
    ids = dict(
        IndexedProject.objects.filter(refresh=refresh, number__in=numbers).values_list(
            "number", "project_id"
        )
        if numbers
        else ()
    )
    return {
        resource: f"projects/{ids[number]}" if (number := node.partition("/")[2]) in ids else node
        for resource, node in nodes.items()
    }


def _note_policies(refresh: Refresh, nodes: Iterable[str]) -> None:
    ids = [node.partition("/")[2] for node in nodes if node.startswith("projects/")]
    IndexedProject.objects.filter(refresh=refresh, project_id__in=ids).update(has_policy=True)
