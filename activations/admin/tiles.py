"""The counts on the front page of the admin, each with a link to its list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from activations.admin.as_of import moment
from activations.admin.queue_rows import count_waiting, list_address
from activations.admin.shown_index import shown_condition
from activations.domain.labels import STATUSES
from activations.domain.periods import first_moment
from activations.domain.states import DeliveryState, GrantState, Status
from activations.domain.text import in_words, minutes_in_words
from activations.models import (
    AfterReview,
    AuditFinding,
    ExportDelivery,
    Grant,
    OutboxMessage,
    Request,
)
from activations.reporting.overview import active_at, minutes_to_decision
from eligibility.index.condition import Trouble
from eligibility.models import Refresh
from policies.models import PolicyProposal, ProposalState
from policies.services.active import active_fault

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Tile:
    """A number or a few words, a label, and the page about it."""

    number: int | str
    label: str
    address: str
    # How the number was before; '' where that says nothing.
    trend: str = ""


def tiles(request: HttpRequest) -> list[Tile]:
    """Return the most important counts that this person may see."""
    waiting = count_waiting(request)
    queue = [] if waiting is None else [Tile(waiting, "Waiting for you", list_address())]
    sees_history = request.user.has_perm("activations.view_grant")
    return queue + (
        [*_history(moment(request)), *_index(request), *_access_policy()] if sees_history else []
    )


def _history(now: datetime) -> list[Tile]:
    return [
        Tile(
            Grant.objects.active(now).count(),
            STATUSES[Status.ACTIVE],
            _list("grant", state="active"),
            f"{active_at(now - WEEK)} a week ago",
        ),
        Tile(
            Request.objects.pending(now).count(),
            STATUSES[Status.ACTIVATION_PENDING],
            _list("request", state="waiting"),
            _time_to_decision(now),
        ),
        *_weeks(now),
        Tile(
            OutboxMessage.objects.filter(state=DeliveryState.DEAD).count(),
            "Failed deliveries",
            _list("outboxmessage", state=DeliveryState.DEAD.value),
        ),
        *_after_reviews(now),
        *_evidence(),
    ]


def _weeks(now: datetime) -> list[Tile]:
    """Return the grants that started, and those that failed, in the last 7 days and the 7 before."""
    since = first_moment(now.astimezone(UTC).date() - timedelta(days=6))
    started = Grant.objects.filter(start_time__gte=since - WEEK, start_time__lte=now)
    failed = started.filter(state=GrantState.FAILED)
    day = {"started_from": since.date().isoformat()}
    tiles = []
    for rows, label, filters in (
        (started, "Activations in the last 7 days", day),
        (failed, "Failed in the last 7 days", {"state": "failed"} | day),
    ):
        recent = rows.filter(start_time__gte=since).count()
        before = rows.filter(start_time__lt=since).count()
        tiles.append(
            Tile(recent, label, _list("grant", **filters), f"{before} in the 7 days before")
        )
    return tiles


def _time_to_decision(now: datetime) -> str:
    """Return how long half of the decisions of the last 7 days took, and of the 7 days before."""
    weeks = [minutes_to_decision(now - WEEK, now), minutes_to_decision(now - 2 * WEEK, now - WEEK)]
    words = [_half(times) for times in weeks]
    if not words[0]:
        return ""
    before = f"; {words[1]} the week before" if words[1] else ""
    return f"Half decided within {words[0]}{before}"


def _half(times: list[tuple[datetime, float]]) -> str:
    if not times:
        return ""
    return minutes_in_words(max(round(median(minutes for _, minutes in times)), 1))


def _after_reviews(now: datetime) -> list[Tile]:
    """Return the number of overdue after-reviews; nothing where nobody ever used break glass."""
    if not AfterReview.objects.exists():
        return []
    count = AfterReview.objects.overdue(now).count()
    return [Tile(count, "Overdue after-reviews", _list("afterreview", state="overdue"))]


def _evidence() -> list[Tile]:
    """Return what somebody must look into: open findings of the audit log, and days that were not delivered; usually nothing."""
    page, found = reverse("admin:audit_log"), []
    if findings := AuditFinding.objects.filter(closed_at=None).count():
        found.append(Tile(findings, "Audit log findings", page))
    if failed := ExportDelivery.objects.filter(done_at=None).exclude(failure="").count():
        found.append(Tile(failed, "Exports not delivered", reverse("admin:doctor")))
    return found


def _index(request: HttpRequest) -> list[Tile]:
    """Return what is wrong with the index; nothing where no refresh has ever run."""
    condition = shown_condition(request)
    trouble = condition.trouble
    if trouble is None or (condition.complete is None and not Refresh.objects.exists()):
        return []
    age = in_words(condition.age) if condition.age else "None"
    number = "Failed" if trouble is Trouble.FAILED else age
    return [Tile(number, trouble.value, reverse("admin:eligibility_index"))]


def _access_policy() -> list[Tile]:
    """Return why the active access policy is not in force, and how many proposals wait; usually nothing."""
    address = reverse("admin:access_policy")
    found = [Tile("Fault", "Access policy not in force", address)] if active_fault() else []
    if waiting := PolicyProposal.objects.filter(state=ProposalState.PROPOSED).count():
        found.append(Tile(waiting, "Proposed access policies", address))
    return found


def _list(name: str, **filters: str) -> str:
    return f"{reverse(f'admin:activations_{name}_changelist')}?{urlencode(filters)}"
