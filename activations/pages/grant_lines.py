"""The roles of one request, ready to be read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from activations.domain.states import EndReason, Status
from activations.models import Grant, Request
from activations.pages.running_grants import end_url, extend_url, is_ending
from activations.pages.wording import ENDINGS, STATES, Words, condition_summary, short_role
from eligibility.entitlements import ProjectRole

END_WORDS = {Status.ACTIVE: "until", Status.ENDED: "at", Status.PROVISIONING: "planned until"}


@dataclass(frozen=True, slots=True)
class GrantLine:
    """One role of a request: its grant, or none before it is approved."""

    project_role: ProjectRole
    state: Status
    now: datetime
    grant: Grant | None = None
    is_own: bool = False

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

    @property
    def status(self) -> Words:
        return STATES[self.state]

    @property
    def end_words(self) -> str:
        return END_WORDS.get(self.state, "")

    @property
    def end(self) -> datetime | None:
        """When access ends, ended or should end; none where it never began."""
        if self.grant is None or self.state not in END_WORDS:
            return None
        return self.grant.ended_at or self.grant.access_end

    @property
    def ended_because(self) -> str:
        reason = self.grant.reason(self.now) if self.grant else None
        return ENDINGS.get(reason, reason) if reason else ""

    @property
    def is_ending(self) -> bool:
        return self.grant is not None and is_ending(self.grant, self.now)

    @property
    def ending_asked_by(self) -> str:
        """Who asked for its end, as the viewer calls them."""
        if self.grant is None:
            return ""
        is_mine = self.is_own and self.grant.ending_reason == EndReason.HOLDER
        return "You" if is_mine else self.grant.ending_asked_by

    @property
    def removed_at(self) -> datetime | None:
        """When its binding was seen to be gone from IAM; an extended one goes on as a longer one."""
        if self.grant is None or self.grant.end_reason == EndReason.EXTENDED:
            return None
        return self.grant.removed_at

    @property
    def may_change(self) -> bool:
        """Whether the viewer may end it, and extend it as long as nobody asked for its end."""
        return self.is_own and self.grant is not None and self.state is Status.ACTIVE

    @property
    def end_url(self) -> str:
        return end_url(self.grant) if self.grant and self.may_change else ""

    @property
    def extend_url(self) -> str:
        may_extend = self.may_change and not self.is_ending
        return extend_url(self.grant) if self.grant and may_extend else ""


def grant_lines(request: Request, now: datetime, *, is_own: bool) -> list[GrantLine]:
    """One line for each grant, by role; the role that approval is asked for while there is none."""
    lines = [
        GrantLine(grant.project_role, grant.status(now), now, grant, is_own)
        for grant in request.grants.all()
    ]
    if not lines and request.role:
        lines = [GrantLine(request.project_role, status_of(request, now), now)]
    return sorted(lines, key=lambda line: (line.role, line.condition))


def status_of(request: Request, now: datetime) -> Status:
    """As people see it: a request whose time is over is expired, even before we take note."""
    status = request.status(now)
    if status is Status.ACTIVATION_PENDING and request.expires_at and request.expires_at <= now:
        return Status.EXPIRED
    return status
