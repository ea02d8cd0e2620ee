"""The rows of the roles table, ready to be read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse

from activations.pages.wording import STATES, Words, condition_summary, short_role
from activations.services.role_list import RoleRow
from activations.states import Status
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
    minutes_left: int
    longest_minutes: int

    @property
    def id(self) -> str:
        return self.project_role.id

    @property
    def role(self) -> str:
        return self.project_role.role

    @property
    def short_name(self) -> str:
        return short_role(self.role)

    @property
    def condition(self) -> str:
        return self.project_role.resource_condition

    @property
    def condition_words(self) -> str:
        return condition_summary(self.condition)


def role_line(
    row: RoleRow, *, chosen: Collection[str], longest: timedelta, now: datetime
) -> RoleLine:
    """One row of the list in words; the bar of an active role is drawn against the longest time."""
    ends = row.valid_until if row.status == Status.ACTIVE else None
    needs_approval = row.activation_type is not ActivationType.JIT
    return RoleLine(
        project_role=row.project_role,
        status=STATES[row.status],
        needs_approval=needs_approval,
        is_chosen=row.project_role.id in chosen and not needs_approval,
        request_url=reverse("request", args=[row.request_id]) if row.request_id else "",
        ends=ends,
        minutes_left=minutes_until(ends, now),
        longest_minutes=whole_minutes(longest),
    )


def minutes_until(end: datetime | None, now: datetime) -> int:
    """Whole minutes left, rounded down."""
    return max(whole_minutes(end - now), 0) if end else 0


def whole_minutes(span: timedelta) -> int:
    return int(span.total_seconds() // 60)
