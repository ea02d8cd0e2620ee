"""The counts on the front page of the admin, each with a link to its list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from activations.admin.as_of import moment
from activations.admin.filters.period import first_moment
from activations.admin.queue_rows import count_waiting, list_address
from activations.domain.labels import STATUSES
from activations.domain.states import DeliveryState, Status
from activations.models import Grant, OutboxMessage, Request


@dataclass(frozen=True, slots=True)
class Tile:
    """A number, its label, and the list of these rows."""

    number: int
    label: str
    address: str


def tiles(request: HttpRequest) -> list[Tile]:
    """Return the most important counts that this person may see."""
    waiting = count_waiting(request)
    queue = [] if waiting is None else [Tile(waiting, "Waiting for you", list_address())]
    sees_history = request.user.has_perm("activations.view_grant")
    return queue + (_history(moment(request)) if sees_history else [])


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
    ]


def _list(name: str, **filters: str) -> str:
    return f"{reverse(f'admin:activations_{name}_changelist')}?{urlencode(filters)}"
