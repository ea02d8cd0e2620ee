"""`/requests/<id>`: what was asked for, and what became of it."""

from __future__ import annotations

import uuid
from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from activations.models import Request
from activations.pages.chosen_project import roles_url
from activations.pages.grant_lines import GrantLine, grant_lines
from activations.pages.outcome import OUTCOMES, failure_advice
from activations.pages.role_lines import minutes_until
from activations.pages.timeline import timeline
from activations.pages.wording import STATES
from activations.people import user_of
from activations.services.history import find_request
from activations.states import Status

CONSOLE = "https://console.cloud.google.com/"


@require_safe
def one_request(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """One's own request; strangers learn nothing."""
    found = find_request(user=user_of(request), request_id=request_id)
    return render(request, "pages/request.html", _context(found, now=timezone.now()))


def _context(found: Request, now: datetime) -> dict[str, object]:
    status = found.status(now)
    outcome = OUTCOMES[status]
    lines = grant_lines(list(found.grants.all()), now)
    project_id = found.project_id
    return {
        "shown": found,
        "status": STATES[status],
        "is_busy": status is Status.PROVISIONING,
        "headline": outcome.headline.format(project=project_id),
        "explanation": outcome.explanation,
        "grants": lines,
        "timeline": timeline(found),
        "console_url": _console_url(project_id) if status is Status.ACTIVE else "",
        "roles_url": roles_url(project_id),
        "again_url": roles_url(project_id, again=str(found.id)),
        **_end(lines, status, now),
        **_failure(lines),
    }


def _end(lines: list[GrantLine], status: Status, now: datetime) -> dict[str, object]:
    end = max((line.end for line in lines if line.end), default=None)
    active = end if status is Status.ACTIVE else None
    return {
        "ends": active,
        "minutes_left": minutes_until(active, now),
        "end": end,
        "end_words": "Ended" if status is Status.ENDED else "Ends",
    }


def _failure(lines: list[GrantLine]) -> dict[str, object]:
    failed = next((line.grant for line in lines if line.state is Status.FAILED), None)
    if failed is None:
        return {}
    return {"failure": failed.failure, "failure_advice": failure_advice(failed.failure_kind)}


def _console_url(project_id: str) -> str:
    return f"{CONSOLE}?{urlencode({'project': project_id})}"
