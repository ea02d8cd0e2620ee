"""Computes the index of a simulated company as a refresh would write it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from eligibility.conditions import Eligibility, NearMiss, read_eligibility
from eligibility.models import (
    IndexedBinding,
    IndexedFolder,
    IndexedGroup,
    IndexedGroupMember,
    IndexedMember,
    IndexedNode,
    IndexedProject,
    IndexedRole,
    Refresh,
)
from simulator.company import Company
from simulator.directory import as_member
from simulator.resources import Resource


def index_of(company: Company, now: datetime) -> Refresh:
    """Write the index of a company as if a refresh that began at `now` had just ended."""
    refresh = Refresh.objects.create(status=Refresh.Status.COMPLETE, started_at=now, ended_at=now)
    for resource in company.resources.values():
        if resource.kind == "projects" and resource.state == "ACTIVE" and resource.visible:
            _add_project(refresh, company, resource)
        if resource.kind != "projects":
            IndexedFolder.objects.create(
                refresh=refresh, node=resource.name, name=resource.display_name
            )
        for binding in marked(resource):
            _add_binding(refresh, resource, binding)
    add_groups(company, now)
    return refresh


def add_groups(company: Company, now: datetime) -> None:
    """Write all groups of a company with their direct members, as if read at `now`.

    Other groups that a test has written stay.
    """
    emails = [group.email.lower() for group in company.groups.values()]
    IndexedGroup.objects.filter(email__in=emails).delete()
    for group in company.groups.values():
        row = IndexedGroup.objects.create(email=group.email.lower(), read_at=now)
        for member in (as_member(company, one) for one in group.members):
            IndexedGroupMember.objects.create(
                group=row,
                email=member.get("email", "").lower(),
                type=member["type"],
                status=member.get("status", ""),
                account_id=member["id"],
            )


def add_role_title(role: str, title: str, now: datetime) -> None:
    """Write the title of a role."""
    IndexedRole.objects.update_or_create(role=role, defaults={"title": title, "seen_at": now})


def marked(resource: Resource) -> Iterator[dict[str, Any]]:
    """Yield the bindings of a policy that an index keeps."""
    for binding in resource.policy["bindings"]:
        if read_eligibility((binding.get("condition") or {}).get("expression")):
            yield binding


def _add_project(refresh: Refresh, company: Company, resource: Resource) -> None:
    project = IndexedProject.objects.create(
        refresh=refresh,
        project_id=resource.id,
        number=resource.number,
        name=resource.display_name,
        is_offered=True,
    )
    IndexedNode.objects.bulk_create(
        IndexedNode(refresh=refresh, project=project, node=above.name)
        for above in company.ancestry(resource)
    )


def _add_binding(refresh: Refresh, resource: Resource, binding: dict[str, Any]) -> None:
    condition = binding["condition"]
    reading = read_eligibility(condition["expression"])
    made = reading if isinstance(reading, Eligibility) else None
    row = IndexedBinding.objects.create(
        refresh=refresh,
        node=resource.name,
        role=binding["role"],
        title=condition.get("title", ""),
        description=condition.get("description", ""),
        expression=condition["expression"],
        activation_type=made.activation_type if made else "",
        resource_condition=made.resource_condition if made else "",
        warning=reading.reason if isinstance(reading, NearMiss) else "",
    )
    IndexedMember.objects.bulk_create(
        IndexedMember(refresh=refresh, binding=row, member=member)
        for member in dict.fromkeys(member.lower() for member in binding["members"])
    )
