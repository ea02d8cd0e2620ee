"""The event that a notification reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from activations.models import Grant, Request, Review, Reviewer
from activations.notifications.kinds import Announcement
from activations.notifications.progress import Progress, progress_of
from activations.people.access_facts import accesses
from eligibility.validity import Period, eligibility_end


@dataclass(frozen=True, slots=True)
class News:
    """One event with the rows that it concerns. An empty actor means JIT Access.

    `told` are the addresses that a reminder or an escalation is for.
    """

    kind: Announcement
    request: Request
    now: datetime
    grants: Sequence[Grant] = ()
    review: Review | None = None
    actor: str = ""
    comment: str = ""
    told: Sequence[str] = ()

    @property
    def asked(self) -> QuerySet[Reviewer]:
        """The reviewers who were asked, in the order of asking; under a rule with stages, for the open one."""
        rows = self.request.reviewers.order_by("pk")
        stage = self.request.stage
        return rows.filter(stage=stage, is_notified=True) if stage else rows

    @property
    def reviewers(self) -> list[str]:
        """The addresses of the reviewers who were asked."""
        return list(self.asked.values_list("email", flat=True))

    @property
    def progress(self) -> Progress | None:
        """How far the approval is; None without stages."""
        return progress_of(self.request)

    @property
    def is_first(self) -> bool:
        """Whether this is the message with which the request began; later stages ask others."""
        opened = self.request.stage_opened_at
        is_opening = opened is None or opened <= self.request.requested_at
        return self.kind is Announcement.REQUESTED and self.request.stage <= 1 and is_opening

    @property
    def role(self) -> str:
        """The role, or several roles joined by a comma, as in the original."""
        return self.request.role or ", ".join(grant.role for grant in self.grants)

    @property
    def resource_condition(self) -> str:
        if self.request.role or len(self.grants) != 1:
            return self.request.resource_condition
        return self.grants[0].resource_condition

    @property
    def start(self) -> datetime:
        """When access begins; before an approval, when it was requested."""
        if not self.grants:
            return self.request.requested_at.replace(microsecond=0)
        return min(grant.start_time for grant in self.grants)

    @property
    def end(self) -> datetime:
        if not self.grants:
            wanted = Period.of(self.start, self.request.duration)
            return eligibility_end(self.resource_condition, wanted) or wanted.end
        return max(grant.end_time for grant in self.grants)

    @property
    def access_end(self) -> datetime | None:
        """When the beneficiary's access to the last of these roles ends; None when they hold none.

        Includes access through other requests, according to the records at this moment.
        """
        held = accesses(grants=self.grants, requests=[self.request], now=self.now)
        return max(held.ends, default=None)

    @property
    def eligibility_end(self) -> datetime | None:
        """When eligibility ends, if it shortens the granted access, or access that was granted now."""
        if self.grants:
            return min((grant.end_time for grant in self.grants if grant.is_cut), default=None)
        return eligibility_end(
            self.resource_condition, Period.of(self.start, self.request.duration)
        )

    @property
    def approver(self) -> str:
        return self.review.reviewer_email if self.review else self.actor
