"""The shapes of answers from the eligibility index."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from activations.api.requirement_answers import Required, required
from activations.services.eligible_list import EligibleRow
from eligibility.index.lists import PersonalProject


@dataclass(frozen=True, slots=True)
class ProjectDetails:
    """A project on which the caller may activate something, and the number of eligible roles."""

    project_id: str
    name: str
    number: str
    eligible_roles: int

    @classmethod
    def of(cls, project: PersonalProject) -> ProjectDetails:
        return cls(project.project_id, project.name, project.number, len(project.roles))


@dataclass(frozen=True, slots=True)
class Projects:
    """Ids of the projects to choose from.

    With an eligibility index these are the caller's own projects, with details, as of `indexedAt`.
    Without one, `indexedAt` is null, `details` is empty and `projects` lists all available projects.
    """

    projects: tuple[str, ...]
    details: tuple[ProjectDetails, ...]
    indexed_at: datetime | None


@dataclass(frozen=True, slots=True)
class EligibleAnywhere(Required):
    """A role that the caller may activate on some project, its state, and what the access policy requires.

    `via` leads from the caller to the member of the binding: `user:…`, then the groups in between.
    `attachedTo` is the project, folder or organization whose policy has the binding.
    """

    id: str
    project_id: str
    project_name: str
    role: str
    role_title: str
    resource_condition: str | None
    activation_type: str
    status: str
    valid_until: datetime | None
    via: tuple[str, ...]
    attached_to: str

    @classmethod
    def of(cls, found: EligibleRow) -> EligibleAnywhere:
        role = found.row.project_role
        return cls(
            **required(found.row.required),
            id=role.id,
            project_id=role.project_id,
            project_name=found.project_name,
            role=role.role,
            role_title=found.row.title,
            resource_condition=role.resource_condition or None,
            activation_type=found.row.activation_type.value,
            status=found.row.status,
            valid_until=found.row.valid_until,
            via=found.via,
            attached_to=found.attached_to,
        )


@dataclass(frozen=True, slots=True)
class EligibleList:
    """One page of the caller's eligible roles in all projects, sorted by id.

    Without an eligibility index the list is empty and `indexedAt` null: roles can then be listed project
    by project only.
    """

    eligible: tuple[EligibleAnywhere, ...]
    next_page_token: str | None
    indexed_at: datetime | None
