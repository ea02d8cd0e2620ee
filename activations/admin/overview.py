"""What the overview shows below its tiles: charts, current access, and what needs somebody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from activations.admin.as_of import moment
from activations.admin.charts import Chart, Series
from activations.admin.queue_rows import list_address
from activations.domain.states import DeliveryState
from activations.domain.text import in_words, minutes_in_words
from activations.models import AfterReview, Grant, JobRun, OutboxMessage, User
from activations.pages.wording import short_role
from activations.people.actor import user_of
from activations.people.visibility import waiting_for
from activations.reporting.overview import (
    DAYS,
    DECLINED,
    FAILED,
    GRANTED,
    LAPSED,
    WAITING,
    Day,
    decisions_by_day,
    median_by_day,
    minutes_to_decision,
    outcomes_by_day,
    start_of_days,
)

MOST_HOLDERS = 10
EXPIRES_SOON = timedelta(minutes=15)
OUTCOMES = (
    Series(GRANTED, "Granted", "good"),
    Series(FAILED, "Failed", "bad"),
    Series(DECLINED, "Declined", "warn"),
    Series(LAPSED, "Expired or withdrawn", "soft"),
    Series(WAITING, "Waiting", "accent"),
)
DECISIONS = (Series(GRANTED, "Approved", "good"), Series(DECLINED, "Declined", "warn"))
MINUTES = (Series(GRANTED, "Median in minutes", "accent"),)


@dataclass(frozen=True, slots=True)
class Holder:
    """One active grant, as the overview shows it."""

    grant: Grant
    role_name: str
    time_left: str
    address: str


@dataclass(frozen=True, slots=True)
class Need:
    """Something that needs somebody, and the page where it can be done; '' when this person has none."""

    words: str
    address: str


def overview(request: HttpRequest) -> dict[str, Any]:
    """Return what this person may see: the whole history, or only their own queue and decisions."""
    user, now = user_of(request), moment(request)
    sees_history = user.permissions.sees_history
    return {
        "charts": _charts(now) if sees_history else _own_charts(user, now),
        "holders": _holders(now) if sees_history else None,
        "all_holders": f"{reverse('admin:activations_grant_changelist')}?state=active"
        if sees_history
        else "",
        "needs": [*_queue_needs(user, now), *(_needs(user, now) if sees_history else [])],
    }


def _charts(now: datetime) -> list[Chart]:
    outcomes, times = outcomes_by_day(now), minutes_to_decision(start_of_days(now), now)
    return [
        Chart(
            "outcomes",
            f"Requests of the last {DAYS} days",
            _in_one_sentence(outcomes),
            outcomes,
            OUTCOMES,
        ),
        Chart(
            "decision-times",
            f"Time to decision in the last {DAYS} days",
            _times_in_one_sentence([minutes for _, minutes in times]),
            median_by_day(now, times),
            MINUTES,
        ),
    ]


def _own_charts(user: User, now: datetime) -> list[Chart]:
    days = decisions_by_day(user, now)
    approved, declined = (_total(days, key) for key in (GRANTED, DECLINED))
    words = f"You approved {approved} and declined {declined}."
    title = f"Your decisions of the last {DAYS} days"
    return [Chart("decisions", title, words, days, DECISIONS)] if approved + declined else []


def _in_one_sentence(days: list[Day]) -> str:
    parts = [(one.label.lower(), _total(days, one.key)) for one in OUTCOMES]
    total = sum(count for _, count in parts)
    words = ", ".join(f"{count} {label}" for label, count in parts if count)
    return f"{total} request{'' if total == 1 else 's'}: {words}." if total else "No requests."


def _times_in_one_sentence(minutes: list[float]) -> str:
    if not minutes:
        return "No decisions."
    ordered = sorted(minutes)
    slow = ordered[int(0.9 * (len(ordered) - 1))]
    half, most = (minutes_in_words(max(round(value), 1)) for value in (median(ordered), slow))
    return f"{len(ordered)} decided: half within {half}, nine of ten within {most}."


def _total(days: list[Day], key: str) -> int:
    return int(sum(day.numbers.get(key, 0) for day in days))


def _holders(now: datetime) -> list[Holder]:
    """Return the active grants that end first."""
    found = Grant.objects.active(now).order_by("end_time", "pk")[:MOST_HOLDERS]
    return [
        Holder(
            grant,
            short_role(grant.role),
            in_words(grant.end_time - now),
            reverse("admin:activations_grant_change", args=[grant.pk]),
        )
        for grant in found
    ]


def _queue_needs(user: User, now: datetime) -> list[Need]:
    soon = waiting_for(user, now=now).filter(expires_at__lte=now + EXPIRES_SOON).count()
    if not soon:
        return []
    expire = (
        "request that waits for you expires" if soon == 1 else "requests that wait for you expire"
    )
    return [Need(f"{soon} {expire} within 15 minutes", f"{list_address()}?o=7")]


def _needs(user: User, now: datetime) -> list[Need]:
    return [*_undelivered(), *_overdue(now), *_failed_jobs(user)]


def _undelivered() -> list[Need]:
    count = OutboxMessage.objects.filter(state=DeliveryState.DEAD).count()
    words = "message was not delivered" if count == 1 else "messages were not delivered"
    address = f"{reverse('admin:activations_outboxmessage_changelist')}?state={DeliveryState.DEAD}"
    return [Need(f"{count} {words}", address)] if count else []


def _overdue(now: datetime) -> list[Need]:
    count = AfterReview.objects.overdue(now).count()
    words = "use of break glass is" if count == 1 else "uses of break glass are"
    address = f"{reverse('admin:activations_afterreview_changelist')}?state=overdue"
    return [Need(f"{count} {words} overdue for review", address)] if count else []


def _failed_jobs(user: User) -> list[Need]:
    """Return the jobs whose last run failed; only administrators can open the doctor."""
    doctor = reverse("admin:doctor") if user.permissions.is_administrator else ""
    failed = JobRun.objects.exclude(failure="").order_by("name")
    return [
        Need(f"The last run of the job {run.name} failed: {run.failure}", doctor) for run in failed
    ]
