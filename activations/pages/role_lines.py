"""The rows of the roles table, formatted for the page."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from activations.domain.states import Status
from activations.domain.text import in_words, minutes_up
from activations.models import Grant, Request
from activations.pages.ask_links import ask_url
from activations.pages.chosen_project import roles_url
from activations.pages.demands import Demands, demands_of_role
from activations.pages.running_grants import end_url, extend_url, is_ending
from activations.pages.wording import STATES, Words, condition_summary, short_role
from activations.services.role_states import RoleRow
from eligibility.entitlements import ActivationType, ProjectRole


@dataclass(frozen=True, slots=True)
class RoleLine:
    """One role as the table shows it."""

    project_role: ProjectRole
    status: Words
    needs_approval: bool
    is_chosen: bool
    request_url: str
    ends: datetime | None
    time_left: str
    minutes_left: int
    minutes_in_all: int
    demands: Demands
    waiting_for: str = ""
    end_url: str = ""
    extend_url: str = ""
    is_ending: bool = False
    eligible_from: datetime | None = None
    eligible_until: datetime | None = None
    title: str = ""
    starts: datetime | None = None
    may_break_glass: bool = False
    project_name: str = ""
    is_starred: bool = False
    is_recent: bool = False

    @property
    def project_id(self) -> str:
        return self.project_role.project_id

    @property
    def project_url(self) -> str:
        return roles_url(self.project_id)

    @property
    def id(self) -> str:
        return self.project_role.id

    @property
    def role(self) -> str:
        return self.project_role.role

    @property
    def short_name(self) -> str:
        return self.title or short_role(self.role)

    @property
    def condition(self) -> str:
        return self.project_role.resource_condition

    @property
    def condition_words(self) -> str:
        return condition_summary(self.condition)

    @property
    def ask_url(self) -> str:
        """The link to request approval; '' for roles that need none."""
        if not self.needs_approval:
            return ""
        return ask_url(self.project_role)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The state shared by all rows: the chosen roles, running grants and pending requests."""

    now: datetime
    chosen: Collection[str] = ()
    running: Mapping[ProjectRole, Grant] | None = None
    pending: Mapping[uuid.UUID, Request] | None = None
    starred: Collection[str] = ()
    recent: Collection[str] = ()


def role_line(row: RoleRow, around: Surroundings, *, project_name: str = "") -> RoleLine:
    """Format one row of the list. The progress bar of an active role covers the whole access."""
    ends = row.valid_until if row.status == Status.ACTIVE else None
    grant = (around.running or {}).get(row.project_role) if ends else None
    request = (around.pending or {}).get(row.request_id) if row.request_id else None
    is_waiting = row.status in {Status.ACTIVATION_PENDING, Status.SCHEDULED}
    ends_soon = grant is not None and is_ending(grant, around.now)
    return RoleLine(
        project_role=row.project_role,
        status=STATES[row.status],
        needs_approval=row.activation_type is not ActivationType.JIT,
        is_chosen=row.project_role.id in around.chosen and not is_waiting,
        request_url=reverse("request", args=[row.request_id]) if row.request_id else "",
        ends=ends,
        time_left=time_until(ends, around.now),
        minutes_left=minutes_up(ends - around.now) if ends else 0,
        minutes_in_all=minutes_up(ends - row.since) if ends and row.since else 0,
        waiting_for=reviewer_names(request) if request else "",
        end_url=end_url(grant) if grant else "",
        extend_url=extend_url(grant) if grant and not ends_soon else "",
        is_ending=ends_soon,
        eligible_from=row.eligible_from,
        eligible_until=row.eligible_until,
        title=row.title,
        starts=row.starts,
        may_break_glass=row.required.break_glass is not None,
        demands=demands_of_role(row.required),
        project_name="" if project_name == row.project_role.project_id else project_name,
        is_starred=row.project_role.id in around.starred,
        is_recent=row.project_role.id in around.recent,
    )


def chosen_first(lines: Iterable[RoleLine]) -> list[RoleLine]:
    """Return chosen roles, then active ones, then starred ones, then all others in the same order."""
    return sorted(
        lines, key=lambda line: (not line.is_chosen, line.ends is None, not line.is_starred)
    )


def names_without_line(chosen: Collection[str], lines: Iterable[RoleLine]) -> list[str]:
    """Return the names of those chosen roles that the list does not offer."""
    left = set(chosen) - {line.id for line in lines}
    roles = (ProjectRole.parse(role_id) for role_id in sorted(left))
    return [f"{short_role(role.role)} on {role.project_id}" for role in roles]


def reviewer_names(request: Request) -> str:
    """Return the addresses of the reviewers who were notified, sorted and joined: in stages, of the open one."""
    found = (one for one in request.reviewers.all() if one.is_notified)
    emails = (one.email for one in found if not request.stage or one.stage == request.stage)
    return ", ".join(sorted(emails))


def time_until(end: datetime | None, now: datetime) -> str:
    """Format the time left; '' without an end."""
    return in_words(end - now) if end else ""
