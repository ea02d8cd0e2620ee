"""The pending requests that wait for a person's review, and the person's own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.urls import reverse

from activations.domain.text import minutes_in_words
from activations.models import Request, User
from activations.pages.role_lines import reviewer_names, time_until
from activations.pages.wording import short_role
from activations.people.visibility import count_waiting_for, first_waiting_for
from eligibility.entitlements import ProjectRole

MOST_SHOWN = 5


def own_pending(user: User, now: datetime) -> QuerySet[Request]:
    """Return the person's pending requests with their reviewers, oldest first."""
    waiting = Request.objects.of(user).pending(now)
    return waiting.prefetch_related("reviewers").order_by("requested_at", "id")


def pending_for(user: User, role: ProjectRole, now: datetime) -> Request | None:
    """Return the person's pending request for this role, or None."""
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
        """The time until the request expires."""
        return time_until(self.request.expires_at, self.now)


@dataclass(frozen=True, slots=True)
class Waiting:
    """The first requests to review, the number of further ones, and the person's own requests."""

    to_review: Sequence[WaitingLine]
    more_to_review: int
    own: Sequence[WaitingLine]

    def __bool__(self) -> bool:
        return bool(self.to_review or self.own)


def waiting(user: User, now: datetime, *, except_project: str = "") -> Waiting:
    """Return the lists for a start page, without the person's own requests on `except_project`."""
    to_review = first_waiting_for(user, now=now, most=MOST_SHOWN + 1)
    is_cut = len(to_review) > MOST_SHOWN
    more = count_waiting_for(user, now=now) - MOST_SHOWN if is_cut else 0
    own = own_pending(user, now).exclude(project_id=except_project)[:MOST_SHOWN]
    return Waiting(waiting_lines(to_review[:MOST_SHOWN], now), more, waiting_lines(own, now))


def waiting_lines(requests: Iterable[Request], now: datetime) -> list[WaitingLine]:
    return [WaitingLine(request, now) for request in requests]
