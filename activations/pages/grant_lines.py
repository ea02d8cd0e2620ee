"""The roles of one request, ready to be read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from activations.models import Grant
from activations.pages.wording import STATES, Words, condition_summary, short_role
from activations.states import Status

END_WORDS = {Status.ACTIVE: "until", Status.ENDED: "at", Status.PROVISIONING: "planned until"}


@dataclass(frozen=True, slots=True)
class GrantLine:
    """One grant as the page shows it."""

    grant: Grant
    state: Status

    @property
    def role(self) -> str:
        return self.grant.role

    @property
    def short_name(self) -> str:
        return short_role(self.grant.role)

    @property
    def condition(self) -> str:
        return self.grant.resource_condition

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
        if self.state not in END_WORDS:
            return None
        return self.grant.ended_at or self.grant.access_end


def grant_lines(grants: list[Grant], now: datetime) -> list[GrantLine]:
    """One line for each grant, by role."""
    lines = [GrantLine(grant, grant.status(now)) for grant in grants]
    return sorted(lines, key=lambda line: (line.role, line.condition))
