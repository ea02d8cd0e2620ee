"""What the index should hold, computed from the simulated company, and what it does hold."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from eligibility.conditions import Eligibility, read_eligibility
from eligibility.index.served import served
from eligibility.models import (
    IndexedBinding,
    IndexedFolder,
    IndexedGroup,
    IndexedGroupMember,
    IndexedNode,
    IndexedProject,
    IndexedRole,
    Refresh,
)
from simulator import Simulator
from simulator.company import Company
from simulator.resources import Resource
from tests.moments import now


def expected(simulated: Simulator) -> dict[str, Any]:
    """Return the content of an index that agrees with the company as it is now."""
    company = simulated.company
    shown = [each for each in company.resources.values() if each.visible]
    active = [each for each in shown if each.kind != "projects" or each.state == "ACTIVE"]
    bindings = {found for each in active for found in _bindings(each)}
    return {
        "projects": {
            (each.id, each.number, each.display_name, True)
            for each in active
            if each.kind == "projects"
        },
        "nodes": {
            (each.id, above.name)
            for each in active
            if each.kind == "projects"
            for above in company.ancestry(each)
        },
        "folders": {(each.name, each.display_name) for each in shown if each.kind != "projects"},
        "bindings": bindings,
        "groups": _groups(company, bindings),
        "roles": {binding[1] for binding in bindings},
    }


def indexed(refresh: Refresh | None = None, *, at: datetime | None = None) -> dict[str, Any]:
    """Return the content of a refresh, by default of the one that is served at a time, or now."""
    refresh = refresh or served(at or now())
    assert refresh is not None, "no index is served"
    projects = IndexedProject.objects.filter(refresh=refresh)
    bindings = IndexedBinding.objects.filter(refresh=refresh).prefetch_related("members")
    return {
        "projects": set(projects.values_list("project_id", "number", "name", "is_offered")),
        "nodes": set(
            IndexedNode.objects.filter(refresh=refresh).values_list("project__project_id", "node")
        ),
        "folders": set(IndexedFolder.objects.filter(refresh=refresh).values_list("node", "name")),
        "bindings": {
            (
                row.node,
                row.role,
                row.title,
                row.expression,
                row.activation_type,
                frozenset(member.member for member in row.members.all()),
            )
            for row in bindings
        },
        "groups": _indexed_groups(refresh),
        "roles": set(
            IndexedRole.objects.filter(role__in=[row.role for row in bindings])
            .exclude(title="")
            .values_list("role", flat=True)
        ),
    }


def _bindings(resource: Resource) -> set[tuple[Any, ...]]:
    found: dict[tuple[Any, ...], set[str]] = {}
    for binding in resource.policy["bindings"]:
        condition = binding.get("condition") or {}
        reading = read_eligibility(condition.get("expression"))
        if reading is not None:
            kind = str(reading.activation_type) if isinstance(reading, Eligibility) else ""
            key = (
                resource.name,
                binding["role"],
                condition["title"],
                condition["expression"],
                kind,
            )
            found.setdefault(key, set()).update(map(str.lower, binding["members"]))
    return {(*key, frozenset(members)) for key, members in found.items()}


def _groups(company: Company, bindings: set[tuple[Any, ...]]) -> dict[str, list[str]]:
    """Return members by group, downwards from eligible bindings; groups that cannot be read are empty."""
    waiting = [
        member.removeprefix("group:")
        for binding in bindings
        if binding[4]
        for member in binding[5]
        if member.startswith("group:")
    ]
    found: dict[str, list[str]] = {}
    while waiting:
        email = waiting.pop()
        if email in found:
            continue
        group = company.groups.get(email)
        readable = group is not None and not group.external
        members = group.members if group and readable else []
        found[email] = sorted("" if each == "CUSTOMER" else each.lower() for each in members)
        waiting += [each for each in found[email] if each in company.groups]
    return found


def _indexed_groups(refresh: Refresh) -> dict[str, list[str]]:
    groups = IndexedGroup.objects.filter(reached_in=refresh.pk)
    return {
        group.email: sorted(
            IndexedGroupMember.objects.filter(group=group).values_list("email", flat=True)
        )
        for group in groups
    }
