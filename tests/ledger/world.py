"""Many people with the same eligible roles on two projects, for tests of concurrent operations."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eligibility.entitlements import ProjectRole
from simulator import Simulator
from simulator.company import Company

PROJECTS = ("shop-prod", "data-lake")
SELF = ("roles/compute.viewer", "roles/cloudbuild.builds.editor", "roles/dataproc.admin")
NARROW = ("roles/storage.objectViewer", 'resource.name.startsWith("projects/_/buckets/logs")')
APPROVED = "roles/iam.roleViewer"
JIT = "has({}.jitAccessConstraint)"
MPA = "has({}.multiPartyApprovalConstraint)"


def self_approved_ids(project_id: str) -> list[str]:
    """Return the ids of the roles that everybody may activate without approval."""
    roles = [ProjectRole(project_id, role) for role in SELF] + [ProjectRole(project_id, *NARROW)]
    return [role.id for role in roles]


def people(count: int) -> list[str]:
    return [f"person{number}@example.com" for number in range(count)]


@dataclass(frozen=True, slots=True)
class World:
    """The company, and its policies before the first operation."""

    company: Company
    emails: tuple[str, ...]
    before: Mapping[str, dict[str, Any]]

    @classmethod
    def create(cls, simulated: Simulator, *, size: int) -> World:
        """Create this many people with roles to activate, roles to approve, and roles limited to a bucket."""
        company, emails = simulated.company, people(size)
        members = [f"user:{email}" for email in emails]
        for email in emails:
            company.add_user(email)
        for project_id in PROJECTS:
            for role in SELF:
                company.bind(project_id, role, members, JIT)
            company.bind(project_id, NARROW[0], members, f"{JIT} && {NARROW[1]}")
            company.bind(project_id, APPROVED, members, MPA)
        return cls(company, tuple(emails), policies(company))

    def now(self) -> dict[str, dict[str, Any]]:
        """Return the present policies of all projects."""
        return policies(self.company)


def policies(company: Company) -> dict[str, dict[str, Any]]:
    return {
        resource.id: copy.deepcopy(resource.policy)
        for resource in list(company.resources.values())
        if resource.kind == "projects"
    }
