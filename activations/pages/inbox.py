"""What waits for this person, and what this person waits for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.urls import reverse

from activations.domain.durations import minutes_in_words
from activations.models import Request, User
from activations.pages.role_lines import reviewer_names, time_until
from activations.pages.wording import short_role
from activations.people.visibility import waiting_for
from eligibility.entitlements import ProjectRole

MOST_SHOWN = 5


def own_pending(user: User, now: datetime) -> QuerySet[Request]:
    """Oldest first, with the reviewers who were asked."""
    waiting = Request.objects.of(user).pending(now)
    return waiting.prefetch_related("reviewers").order_by("requested_at", "id")


def pending_for(user: User, role: ProjectRole, now: datetime) -> Request | None:
    """The request for this very role, if one waits."""
    return own_pending(user, now).filter(role_key=role.key).first()


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """One request that waits for a decision."""

    request: Request
    now: datetime

    @property
    def url(self) -> str:
        return reverse("request", args=[self.request.id])

    @property
    def who(self) -> str:
        return self.request.beneficiary_email

    @property
    def role_name(self) -> str:
        return short_role(self.request.role)

    @property
    def project_id(self) -> str:
        return self.request.project_id

    @property
    def reviewers(self) -> str:
        return reviewer_names(self.request)

    @property
    def duration(self) -> str:
        return minutes_in_words(self.request.minutes)

    @property
    def time_left(self) -> str:
        """Until it expires."""
        return time_until(self.request.expires_at, self.now)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Two short lists, and whether there is more to review."""

    to_review: Sequence[WaitingLine]
    more_to_review: int
    own: Sequence[WaitingLine]

    def __bool__(self) -> bool:
        return bool(self.to_review or self.own)


def waiting(user: User, now: datetime, *, besides: str = "") -> Waiting:
    """The lists for a start page; one's own on the project `besides` are shown elsewhere."""
    to_review = list(waiting_for(user, now=now)[: MOST_SHOWN + 1])
    more = waiting_for(user, now=now).count() - MOST_SHOWN if len(to_review) > MOST_SHOWN else 0
    own = own_pending(user, now).exclude(project_id=besides)[:MOST_SHOWN]
    return Waiting(waiting_lines(to_review[:MOST_SHOWN], now), more, waiting_lines(own, now))


def waiting_lines(requests: Iterable[Request], now: datetime) -> list[WaitingLine]:
    return [WaitingLine(request, now) for request in requests]
