"""The numbers of reports: outcomes, times to decision and reviews, for each of the last days in UTC."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median

from django.db.models import Case, CharField, Count, Exists, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, TruncDate

from activations.domain.periods import first_moment
from activations.domain.states import Decision, GrantState, RequestState
from activations.models import Grant, Request, Review, User
from activations.models.lasting import can_last
from activations.models.statuses import is_pending

DAYS = 30
# Times to decision are read row by row, because SQLite has no median.
MOST_DECISIONS = 20_000
GRANTED, FAILED, DECLINED, LAPSED, WAITING = "granted", "failed", "declined", "lapsed", "waiting"


@dataclass(frozen=True, slots=True)
class Day:
    """One day in UTC, with a number for each key; keys without a number are missing."""

    day: date
    numbers: Mapping[str, float]


def start_of_days(now: datetime) -> datetime:
    """Return the beginning in UTC of the first of the days, of which the last is today."""
    return first_moment(now.astimezone(UTC).date() - timedelta(days=DAYS - 1))


def outcomes_by_day(now: datetime) -> list[Day]:
    """Return how many requests of each day had which outcome. Adopted access was not requested here."""
    asked = Request.objects.filter(requested_at__gte=start_of_days(now), adopted_key="")
    day = TruncDate("requested_at", tzinfo=UTC)
    rows = asked.annotate(day=day, outcome=_outcome(now)).order_by().values("day", "outcome")
    counts = rows.annotate(count=Count("pk")).values_list("day", "outcome", "count")
    return _days(now, [(found, str(outcome), count) for found, outcome, count in counts])


def _outcome(now: datetime) -> Case:
    # No grant starts before its request, so those of these days are all that matter.
    recent = Grant.objects.filter(start_time__gte=start_of_days(now))
    failed = recent.filter(state=GrantState.FAILED).values("request_id")
    others = recent.filter(request=OuterRef("pk")).exclude(state=GrantState.FAILED)
    all_failed = Q(pk__in=failed) & ~Q(Exists(others))
    approved = Q(state=RequestState.APPROVED)
    return Case(
        When(approved & all_failed, then=Value(FAILED)),
        When(approved, then=Value(GRANTED)),
        When(state=RequestState.DECLINED, then=Value(DECLINED)),
        When(is_pending(now), then=Value(WAITING)),
        default=Value(LAPSED),
        output_field=CharField(),
    )


def decisions_by_day(user: User, now: datetime) -> list[Day]:
    """Return how many requests this person approved and declined on each day."""
    rows = Review.objects.filter(reviewer=user, decided_at__gte=start_of_days(now))
    days = rows.annotate(day=TruncDate("decided_at", tzinfo=UTC)).values("day", "decision")
    counts = days.order_by().annotate(count=Count("pk")).values_list("day", "decision", "count")
    words = {Decision.APPROVED.value: GRANTED, Decision.DECLINED.value: DECLINED}
    return _days(now, [(day, words[decision], count) for day, decision, count in counts])


def minutes_to_decision(since: datetime, until: datetime) -> list[tuple[datetime, float]]:
    """Return for each decision in this period when it was made, and the minutes since the request."""
    decided = Request.objects.needing_approval().filter(
        state__in=[RequestState.APPROVED, RequestState.DECLINED],
        decided_at__gte=since,
        decided_at__lt=until,
        adopted_key="",
    )
    rows = decided.order_by("-decided_at").values_list("requested_at", "decided_at")
    return [(at, (at - asked).total_seconds() / 60) for asked, at in rows[:MOST_DECISIONS] if at]


def median_by_day(now: datetime, times: Sequence[tuple[datetime, float]]) -> list[Day]:
    """Return the median of the minutes to decision for each day with a decision."""
    found: dict[date, list[float]] = defaultdict(list)
    for at, minutes in times:
        found[at.astimezone(UTC).date()].append(minutes)
    return _days(now, [(day, GRANTED, median(minutes)) for day, minutes in found.items()])


def active_at(at: datetime) -> int:
    """Return how many grants were active at this moment of the past."""
    started: QuerySet[Grant] = Grant.objects.filter(can_last(at), start_time__lte=at)
    started = started.exclude(state__in=[GrantState.FAILED, GrantState.WITHDRAWN])
    return started.alias(over=Coalesce("ended_at", "end_time")).filter(over__gt=at).count()


def _days(now: datetime, numbers: Sequence[tuple[date, str, float]]) -> list[Day]:
    found: dict[date, dict[str, float]] = defaultdict(dict)
    for day, key, number in numbers:
        found[day][key] = number
    first = start_of_days(now).date()
    return [Day(one, found[one]) for one in (first + timedelta(days=n) for n in range(DAYS))]
