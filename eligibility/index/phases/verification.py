"""Compares the index with the effective policies of some projects, and corrects what differs.

The search may omit results. The phase verifies three kinds of projects: those for which the search found
no policy, although nearly every project has one; those that only a policy named; and a random sample.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from functools import partial

from eligibility.index import corrections
from eligibility.index.position import BEGIN, Done, Write, after
from eligibility.index.work import Work
from eligibility.models import IndexedProject
from googlecloud.asset_inventory import MOST_NAMES
from googlecloud.errors import Denied, Invalid, NotFound
from googlecloud.policy import AttachedPolicy
from googlecloud.resource_manager import Project

MOST_IN_DOUBT = 400
SAMPLES = 2  # of up to twenty projects
_DOUBT, _UNKNOWN, _SAMPLE = "doubt", "unknown", "sample"

Effective = Mapping[str, Sequence[AttachedPolicy] | None]
"""The policies that act on each project; None for a project that does not exist."""


def step(work: Work, position: str) -> Write:
    doubt = "0:0" if position == BEGIN else after(position, _DOUBT)
    if doubt is not None:
        last, seen = doubt.split(":")
        return _in_doubt(work, int(last), int(seen))
    unknown = after(position, _UNKNOWN)
    if unknown is not None:
        return _unknown(work, unknown)
    return _sample(work, int(after(position, _SAMPLE) or 0))


def _in_doubt(work: Work, last: int, seen: int) -> Write:
    """Verify projects for which no policy was found."""
    bare = IndexedProject.objects.filter(refresh=work.refresh, has_policy=False, pk__gt=last)
    projects = list(bare.order_by("pk")[:MOST_NAMES]) if seen < MOST_IN_DOUBT else []
    if not projects:
        return lambda: Done(f"{_UNKNOWN}:")
    return _compare(work, projects, f"{_DOUBT}:{projects[-1].pk}:{seen + len(projects)}")


def _sample(work: Work, number: int) -> Write:
    """Verify projects that are chosen at random."""
    projects = IndexedProject.objects.filter(refresh=work.refresh).order_by("pk")
    first, last = projects.first(), projects.last()
    if number >= SAMPLES or first is None or last is None:
        return lambda: Done(None)
    numbers = {random.randint(first.pk, last.pk) for _ in range(MOST_NAMES)}  # noqa: S311
    chosen = list(projects.filter(pk__in=numbers)) or [first]
    return _compare(work, chosen, f"{_SAMPLE}:{number + 1}")


def _compare(work: Work, projects: Sequence[IndexedProject], place: str) -> Write:
    try:
        effective = _effective(work, [project.project_id for project in projects])
    except Denied as error:
        warning = f"The index was not compared with effective policies: {error}"
        return lambda: Done(None, warnings=(warning,))

    def write() -> Done:
        found = [
            corrections.correct(work.refresh, project, effective[project.project_id])
            for project in projects
        ]
        warnings = [one.warning for one in found if one.warning]
        counts = {
            "bindings": sum(one.bindings for one in found),
            "projects": sum(one.projects for one in found),
        }
        return Done(place, counts, tuple(warnings))

    return write


def _unknown(work: Work, last: str) -> Write:
    """Verify a project that only a policy named: it may be new, being deleted, or hidden from us."""
    node = corrections.unknown_node(work.refresh, after=last)
    if node is None:
        return lambda: Done(f"{_SAMPLE}:0")
    place = f"{_UNKNOWN}:{node}"
    try:
        project = work.sources.cloud.resource_manager.get_project(name=node.partition("/")[2])
        effective = _effective(work, [project.project_id])
    except (Denied, NotFound, Invalid):
        return partial(_forget, work, node, place)
    policies = effective[project.project_id]
    if project.state != "ACTIVE" or policies is None:
        return partial(_forget, work, node, place)
    return partial(_adopt, work, node, project, policies, place)


def _forget(work: Work, node: str, place: str) -> Done:
    return Done(place, {"bindings": -corrections.remove_bindings(work.refresh, node)})


def _adopt(
    work: Work, node: str, project: Project, policies: Sequence[AttachedPolicy], place: str
) -> Done:
    removed = corrections.remove_bindings(work.refresh, node)
    row, added = corrections.add_project(
        work.refresh, project.project_id, project.number, project.display_name
    )
    found = corrections.correct(work.refresh, row, policies)
    return Done(place, {"projects": added, "bindings": found.bindings - removed})


def _effective(work: Work, project_ids: Sequence[str]) -> Effective:
    """Return the policies of each; when one of them does not exist, each is asked about alone."""
    work.sources.throttle()
    try:
        found = work.sources.cloud.asset.effective_policies_of(
            scope=work.sources.scope, project_ids=project_ids
        )
    except NotFound:
        if len(project_ids) == 1:
            return {project_ids[0]: None}
        return {
            project_id: policies
            for each in project_ids
            for project_id, policies in _effective(work, [each]).items()
        }
    return dict(zip(project_ids, found, strict=True))
