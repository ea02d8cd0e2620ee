"""The counts on the front page of the admin, each with a link to its list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from activations.admin.as_of import moment
from activations.admin.queue_rows import count_waiting, list_address
from activations.admin.shown_index import shown_condition
from activations.domain.labels import STATUSES
from activations.domain.periods import first_moment
from activations.domain.states import DeliveryState, Status
from activations.domain.text import in_words
from activations.models import (
    AfterReview,
    AuditFinding,
    ExportDelivery,
    Grant,
    OutboxMessage,
    Request,
)
from eligibility.index.condition import Trouble
from eligibility.models import Refresh
from policies.models import PolicyProposal, ProposalState
from policies.services.active import active_fault


@dataclass(frozen=True, slots=True)
class Tile:
    """A number or a few words, a label, and the page about it."""

    number: int | str
    label: str
    address: str


def tiles(request: HttpRequest) -> list[Tile]:
    """Return the most important counts that this person may see."""
    waiting = count_waiting(request)
    queue = [] if waiting is None else [Tile(waiting, "Waiting for you", list_address())]
    sees_history = request.user.has_perm("activations.view_grant")
    return queue + (
        [*_history(moment(request)), *_index(request), *_access_policy()] if sees_history else []
    )


def _history(now: datetime) -> list[Tile]:
    since = now.astimezone(UTC).date() - timedelta(days=6)
    failed = Grant.objects.with_status(Status.FAILED, now).filter(
        start_time__gte=first_moment(since)
    )
    return [
        Tile(
            Grant.objects.active(now).count(),
            STATUSES[Status.ACTIVE],
            _list("grant", state="active"),
        ),
        Tile(
            Request.objects.pending(now).count(),
            STATUSES[Status.ACTIVATION_PENDING],
            _list("request", state="waiting"),
        ),
        Tile(
            failed.count(),
            "Failed in the last 7 days",
            _list("grant", state="failed", started_from=since.isoformat()),
        ),
        Tile(
            OutboxMessage.objects.filter(state=DeliveryState.DEAD).count(),
            "Failed deliveries",
            _list("outboxmessage", state=DeliveryState.DEAD.value),
        ),
        *_after_reviews(now),
        *_evidence(),
    ]


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
