"""Which requests are in whose queue, and why a person may not decide one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from activations.admin.as_of import moment
from activations.admin.filters.base import Field, HistoryFilter
from activations.admin.filters.choice import ChoiceFilter
from activations.admin.filters.text import TextFilter
from activations.domain.states import RequestState
from activations.models import QueuedItem, Request, Review, Reviewer, User
from activations.models.statuses import NEEDS_APPROVAL, is_pending
from activations.people.actor import user_of
from activations.people.deputies import represented_by
from activations.people.visibility import count_waiting_for, waiting_for, was_asked
from activations.reports.matching import matches
from activations.services.settled import already_settled

WAITING, PENDING, DECIDED = "waiting", "pending", "decided"
LABELS = {WAITING: "Waiting for me", PENDING: "All pending", DECIDED: "Decided by me"}

OWN = "This is your own request: somebody else must review it"
NOT_MINE = "You are not a reviewer of this request, and you are not a designated reviewer"
REVIEWED = "You approved this request. It waits for other people"
NOT_IN_STAGE = "The access policy does not name you for the stage of approval that is open"
TOO_LATE = "The request expired before it was reviewed"


def sees_all(user: User) -> bool:
    """Designated reviewers may review any request; administrators may see all."""
    return user.permissions.is_manager or user.permissions.is_administrator


def seen_by(user: User, rows: QuerySet[Any]) -> QuerySet[Any]:
    """Return the requests that this person may see in the queue."""
    needing = rows.filter(NEEDS_APPROVAL)
    return needing if sees_all(user) else needing.filter(was_asked(user))


def decided_by(user: User) -> Q:
    return Q(Exists(Review.objects.filter(request=OuterRef("pk"), reviewer=user)))


def count_waiting(request: HttpRequest) -> int | None:
    """Return how many requests wait for this person; None for people without a queue."""
    user = user_of(request)
    if not user.has_perm("activations.view_queueditem"):
        return None
    return count_waiting_for(user, now=moment(request))


def objection(
    row: Request, *, user: User, now: datetime, represented: Sequence[User] | None = None
) -> str:
    """Return why this person may not decide this request according to the database; '' when they may.

    `represented` has those whose deputy they are, for callers with many rows; None to read them.
    """
    if row.beneficiary_id == user.pk or row.beneficiary_email == user.email:
        return OWN
    if row.state != RequestState.PENDING:
        return str(already_settled(row))
    if row.expires_at and row.expires_at <= now:
        return TOO_LATE
    if any(one.reviewer_id == user.pk for one in row.reviews.all()):
        return REVIEWED
    asked = _asked(row, user, now, represented)
    if row.stage:
        return "" if any(one.stage == row.stage for one in asked) else NOT_IN_STAGE
    return "" if asked or user.permissions.is_manager else NOT_MINE


def _asked(
    row: Request, user: User, now: datetime, represented: Sequence[User] | None
) -> list[Reviewer]:
    """Return the rows of this person and of those whose deputy they are."""
    absent = represented_by(user, now=now) if represented is None else represented
    people = [user, *absent]
    return [one for one in row.reviewers.all() if any(one.is_(person) for person in people)]


class QueueView(HistoryFilter):
    """Requests that wait for the viewer, or another part of the queue."""

    title = "View"
    parameters = ("view",)

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.chosen = self.value("view") or WAITING
        if self.chosen not in LABELS:
            self.error = f"There is no view “{self.chosen}”."

    @property
    def fields(self) -> list[Field]:
        return []

    @property
    def words(self) -> str:
        return LABELS.get(self.chosen, "")

    def narrowed(self, rows: QuerySet[QueuedItem]) -> QuerySet[QueuedItem]:
        user, now = user_of(self.request), moment(self.request)
        if self.chosen == DECIDED:
            return rows.filter(decided_by(user))
        if self.chosen == PENDING:
            return rows.filter(is_pending(now))
        return rows.filter(pk__in=waiting_for(user, now=now).order_by().values("pk"))


class AgeFilter(ChoiceFilter):
    """Selects requests that wait for at least this many minutes."""

    title = "Age"
    parameters = ("older",)
    known: ClassVar[dict[str, str]] = {
        "15": "15 minutes or more",
        "60": "1 hour or more",
        "240": "4 hours or more",
        "1440": "1 day or more",
    }

    def condition(self) -> Q:
        return Q(requested_at__lte=moment(self.request) - timedelta(minutes=int(self.chosen)))


class AskedFilter(TextFilter):
    """Selects requests that a person was asked to review."""

    title = "Waiting for"
    parameters = ("asked",)
    hint = "bob@example.com"

    def condition(self) -> Q:
        asked = Reviewer.objects.filter(matches("email", self.text.lower()), request=OuterRef("pk"))
        return Q(Exists(asked))


@dataclass(frozen=True, slots=True)
class Tab:
    """One part of the queue, with a count where requests wait."""

    label: str
    address: str
    is_current: bool
    count: int | None


def tabs(request: HttpRequest) -> list[Tab]:
    """Return the parts of the queue that this person may see."""
    current = request.GET.get("view") or WAITING
    counts = {WAITING: count_waiting(request)}
    views = [WAITING, DECIDED]
    if sees_all(user_of(request)):
        views.insert(1, PENDING)
        needing = QueuedItem.objects.pending(moment(request)).needing_approval()
        counts[PENDING] = needing.count()
    return [Tab(LABELS[v], list_address(v), v == current, counts.get(v)) for v in views]


def list_address(view: str = WAITING) -> str:
    """Return the URL of this part of the queue."""
    address = reverse("admin:activations_queueditem_changelist")
    return address if view == WAITING else f"{address}?view={view}"
