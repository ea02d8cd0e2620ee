"""The event that a notification reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from activations.models import Grant, Request, Review, Reviewer
from activations.notifications.kinds import Announcement
from activations.people.access_facts import accesses
from activations.people.stage_progress import StageProgress, stages_of
from eligibility.validity import Period, eligibility_end

ASKING = frozenset({Announcement.REQUESTED, Announcement.REMINDED, Announcement.ESCALATED})


@dataclass(frozen=True, slots=True)
class News:
    """One event with the rows that it concerns. An empty actor means JIT Access.

    `told` are the addresses of kinds whose recipients no row has; `due_at` is when an after-review is due.
    """

    kind: Announcement
    request: Request
    now: datetime
    grants: Sequence[Grant] = ()
    review: Review | None = None
    actor: str = ""
    comment: str = ""
    told: Sequence[str] = ()
    due_at: datetime | None = None

    @property
    def notified(self) -> list[Reviewer]:
        """The reviewers who are notified: of all stages so far.

        When approval is asked for, those of the open stage who have not reviewed before.
        """
        found = self.request.reviewers.filter(is_notified=True).order_by("pk")
        if self.request.stage and self.kind in ASKING:
            reviewed = self.request.reviews.values("reviewer_email")
            found = found.filter(stage=self.request.stage).exclude(email__in=reviewed)
        return list(found)

    @property
    def reviewers(self) -> list[str]:
        """The addresses of these reviewers, each once, in the order of asking."""
        return list(dict.fromkeys(one.email for one in self.notified))

    @property
    def stages(self) -> tuple[StageProgress, ...]:
        """How far each stage of the rule is; none for a rule without stages."""
        return stages_of(self.request, self.request.reviews.order_by("pk"))

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
        """When access begins; before an approval, when it was requested or should begin."""
        if not self.grants:
            return self.request.details.starts(self.request.requested_at.replace(microsecond=0))
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
