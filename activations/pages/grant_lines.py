"""The roles of one request, formatted for pages."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from django.urls import reverse

from activations.domain.access import Access
from activations.domain.labels import END_REASONS
from activations.domain.states import EndReason, Status
from activations.models import Grant, Request
from activations.pages.running_grants import is_ending
from activations.pages.wording import STATES, Words, condition_summary, short_role
from activations.people.access_facts import Accesses
from eligibility.entitlements import ProjectRole

END_WORDS = {
    Status.ACTIVE: "until",
    Status.ENDED: "at",
    Status.PROVISIONING: "planned until",
    Status.SCHEDULED: "planned until",
}


@dataclass(frozen=True, slots=True)
class GrantLine:
    """One role of a request, with its grant. There is no grant before the approval."""

    project_role: ProjectRole
    state: Status
    now: datetime
    request: Request
    access: Access
    grant: Grant | None = None
    is_own: bool = False
    # The other requests that the viewer may open.
    may_open: Collection[uuid.UUID] = ()
    title: str = ""

    @property
    def role(self) -> str:
        return self.project_role.role

    @property
    def short_name(self) -> str:
        return short_role(self.role)

    @property
    def role_name(self) -> str:
        return self.title or self.short_name

    @property
    def condition(self) -> str:
        return self.project_role.resource_condition

    @property
    def condition_words(self) -> str:
        return condition_summary(self.condition)

    @property
    def status(self) -> Words:
        return STATES[self.state]

    @property
    def end_words(self) -> str:
        return END_WORDS.get(self.state, "")

    @property
    def end(self) -> datetime | None:
        """When access ends or ended; None when it never began."""
        if self.grant is None or self.state not in END_WORDS:
            return None
        if self.state is Status.ACTIVE and self.access.until:
            return self.access.until
        return self.grant.ended_at or self.grant.access_end

    @property
    def is_extended(self) -> bool:
        return self.grant is not None and self.grant.end_reason == EndReason.EXTENDED

    @property
    def goes_on_until(self) -> datetime | None:
        """When access through another request ends, if it lasts longer than this one."""
        if self.access.lasts_through_another(self.request.pk):
            return self.access.until
        return None

    @property
    def goes_on_words(self) -> str:
        """The text in front of `goes_on_until`."""
        if self.is_extended:
            return "Extended until"
        if self.state is Status.ACTIVE:
            return "Access lasts until"
        who = "You still hold" if self.is_own else f"{self.request.beneficiary_email} still holds"
        return f"{who} this role until"

    @property
    def goes_on_url(self) -> str:
        """The link to that request; '' when the viewer may not open it."""
        return self._url(self.access.request_id)

    @property
    def is_open_elsewhere(self) -> bool:
        """Whether Google has not yet confirmed another request for the role."""
        return any(one.request_id != self.request.pk for one in self.access.unconfirmed)

    def _url(self, request_id: uuid.UUID | None) -> str:
        if request_id is None or not (self.is_own or request_id in self.may_open):
            return ""
        return reverse("request", args=[request_id])

    @property
    def ended_because(self) -> str:
        reason = self.grant.reason(self.now) if self.grant else None
        return END_REASONS.get(reason, reason) if reason else ""

    @property
    def is_ending(self) -> bool:
        return self.grant is not None and is_ending(self.grant, self.now)

    @property
    def ending_asked_by(self) -> str:
        """Who requested the end: `You`, or an address."""
        if self.grant is None:
            return ""
        is_mine = self.is_own and self.grant.ending_reason == EndReason.HOLDER
        return "You" if is_mine else self.grant.ending_asked_by

    @property
    def removed_at(self) -> datetime | None:
        """When JIT Access found the binding removed from IAM. None for extended grants, whose binding stays."""
        if self.grant is None or self.grant.end_reason == EndReason.EXTENDED:
            return None
        return self.grant.removed_at

    @property
    def may_change(self) -> bool:
        """Whether the viewer may end the access."""
        return self.is_own and self.access.is_held

    @property
    def end_url(self) -> str:
        return reverse("end", args=[self.access.grants[0].grant_id]) if self.may_change else ""

    @property
    def extend_url(self) -> str:
        if not self.may_change or self.access.grants[0].is_ending:
            return ""
        return reverse("extend", args=[self.access.grants[0].grant_id])


def grant_lines(
    request: Request,
    held: Accesses,
    now: datetime,
    *,
    is_own: bool,
    may_open: Collection[uuid.UUID] = (),
    titles: Mapping[str, str] = MappingProxyType({}),
) -> list[GrantLine]:
    """Return one line for each grant, sorted by role, or one for the requested role without a grant."""
    lines = [
        GrantLine(
            grant.project_role,
            grant.status(now),
            now,
            request,
            held.of(grant),
            grant,
            is_own,
            may_open,
            titles.get(grant.role, ""),
        )
        for grant in request.grants.all()
    ]
    if not lines and request.role:
        status, access = request.status(now), held.of_request(request)
        lines = [
            GrantLine(
                request.project_role,
                status,
                now,
                request,
                access,
                is_own=is_own,
                may_open=may_open,
                title=titles.get(request.role, ""),
            )
        ]
    return sorted(lines, key=lambda line: (line.role, line.condition))
