"""`/activity`: the signed-in person's requests, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from activations.domain.states import Status
from activations.domain.text import minutes_in_words
from activations.models import Request
from activations.pages.grant_lines import GrantLine, grant_lines
from activations.pages.role_lines import reviewer_names
from activations.pages.wording import EXTENDED, STATES, Words, short_role
from activations.people.access_facts import Accesses, accesses_of_requests, held_by
from activations.people.actor import user_of
from activations.services.history import Filters, own_requests

PAGE_SIZE = 25
SHOWN_FILTERS = (
    *("", Status.ACTIVATION_PENDING, Status.SCHEDULED, Status.PROVISIONING, Status.ACTIVE),
    Status.ENDED,
    *(Status.DECLINED, Status.WITHDRAWN, Status.EXPIRED, Status.FAILED),
)

NOT_STARTED = frozenset({Status.ACTIVATION_PENDING, Status.SCHEDULED})


@dataclass(frozen=True, slots=True)
class Choice:
    """A link that filters the list by status."""

    words: str
    url: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class ActivityLine:
    """One request as the list shows it."""

    url: str
    role_names: str
    project_id: str
    justification: str
    status: Words
    requested_at: datetime
    duration: str
    starts: datetime | None
    ends: datetime | None
    waiting_for: str
    running: tuple[GrantLine, ...]
    going_on: tuple[GrantLine, ...]


@require_safe
def activity(request: HttpRequest) -> HttpResponse:
    """Show one page of the signed-in person's requests."""
    now = timezone.now()
    status = _status(request)
    token = request.GET.get("page", "")
    page = own_requests(
        user=user_of(request),
        filters=Filters(status=status, page_size=PAGE_SIZE, page_token=token),
        now=now,
    )
    held = accesses_of_requests(page.rows, now=now)
    context = {
        "lines": [_line(row, held, now) for row in page.rows],
        "held": len(held_by(user_of(request), now=now)),
        "filters": [_choice(one, chosen=status) for one in SHOWN_FILTERS],
        "is_filtered": bool(status),
        "newest_url": _url(status) if token else "",
        "older_url": _url(status, page.next_token) if page.next_token else "",
    }
    return render(request, "pages/activity.html", context)


def _status(request: HttpRequest) -> str:
    status = request.GET.get("status", "")
    return status if status in set(Status) else ""


def _choice(status: str, *, chosen: str) -> Choice:
    words = STATES[status].words if status else "All"
    return Choice(words, _url(status), is_chosen=status == chosen)


def _url(status: str, token: str = "") -> str:
    query = {name: value for name, value in (("status", status), ("page", token)) if value}
    return f"{reverse('activity')}?{urlencode(query)}" if query else reverse("activity")


def _line(row: Request, held: Accesses, now: datetime) -> ActivityLine:
    status = row.status(now)
    lines = grant_lines(row, held, now, is_own=True)
    is_extended = bool(lines) and all(line.is_extended for line in lines)
    running = tuple(line for line in lines if line.state is Status.ACTIVE)
    return ActivityLine(
        url=reverse("request", args=[row.id]),
        role_names=", ".join(dict.fromkeys(short_role(line.role) for line in lines)),
        project_id=row.project_id,
        justification=row.justification,
        status=EXTENDED if is_extended else STATES[status],
        requested_at=row.requested_at,
        duration=minutes_in_words(row.minutes),
        starts=row.start_at if status in NOT_STARTED else None,
        ends=max((line.end for line in running if line.end), default=None),
        waiting_for=reviewer_names(row) if status is Status.ACTIVATION_PENDING else "",
        running=running,
        going_on=tuple(line for line in lines if line.goes_on_until),
    )
