"""The page of one request, for its beneficiary and its reviewers."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from activations.domain.states import NOT_FOUND_OUT, EndReason, GrantState, Status
from activations.domain.text import minutes_in_words
from activations.models import Request, User
from activations.pages.ask_links import ask_url
from activations.pages.chosen_project import roles_url
from activations.pages.glass import after_review_panel
from activations.pages.grant_lines import GrantLine, grant_lines
from activations.pages.live import live
from activations.pages.outcome import Seen, failure_advice, outcome
from activations.pages.review_panel import decided_note, decision, review_facts
from activations.pages.reviewer_lines import reviewer_lines, stage_lines
from activations.pages.role_lines import time_until
from activations.pages.stage_words import progress_in_words
from activations.pages.timeline import timeline
from activations.pages.wording import EXTENDED, STATES, short_role
from activations.people.access_facts import Accesses, accesses_of_requests
from activations.people.actor import user_of
from activations.people.stage_progress import stages_of
from activations.people.visibility import reviewable_by
from activations.services.history import find_request
from activations.services.settled import is_withdrawn_by_stop
from eligibility.index.titles import role_titles
from eligibility.validity import Period, eligibility_end, usable, why_not
from googlecloud.errors import GoogleCloudError

CONSOLE = "https://console.cloud.google.com/"
LOOK_AGAIN_SECONDS = {
    Status.PROVISIONING: "2.5",
    Status.ACTIVATION_PENDING: "10",
    Status.SCHEDULED: "30",
}


@dataclass(frozen=True, slots=True)
class Answered:
    """The refusal of a button on this page, and what was sent with it."""

    refusal: str = ""
    comment: str = ""
    status: int = 200
    verb: str = ""
    minutes: str = ""


NOT_ANSWERED = Answered()


def request_page(
    request: HttpRequest, found: Request, *, now: datetime, answered: Answered = NOT_ANSWERED
) -> HttpResponse:
    """Show the request, its state, and the buttons that the viewer may use."""
    user = user_of(request)
    is_own = found.belongs_to(user)
    request.place = "activity" if is_own else "reviews"  # type: ignore[attr-defined]  # read by the frame
    held = accesses_of_requests([found], now=now)
    may_open = () if is_own else _may_open(held, user)
    titles = role_titles([found.role, *(grant.role for grant in found.grants.all())])
    lines = grant_lines(found, held, now, is_own=is_own, may_open=may_open, titles=titles)
    context = {
        "shown": found,
        "is_own": is_own,
        "answered": answered,
        "grants": lines,
        "timeline": timeline(found, is_own=is_own),
        "extended_by": [reverse("request", args=[row.id]) for row in _extensions(found)],
        "extends_url": reverse("request", args=[found.parent_id]) if found.parent_id else "",
        **_standing(found, lines, is_own=is_own, now=now),
        "after_review": after_review_panel(found, user, now),
        **_approval(found, user, is_own=is_own, now=now),
        "decided": decided_note(request.GET.get("decided", ""), user),
        **_end(lines, found.status(now), now),
        **_failure(lines),
        **_eligibility(found, lines, found.status(now), now),
        **_ways_on(found, is_own=is_own),
        "record_url": _record_url(found, user, is_own=is_own),
    }
    return render(request, "pages/request.html", context, status=answered.status)


def _may_open(held: Accesses, user: User) -> set[uuid.UUID]:
    """Return the ids of those requests giving the access that a reviewer may open."""
    others = reviewable_by(user).filter(pk__in=held.request_ids)
    return set(others.values_list("pk", flat=True))


def _standing(
    found: Request, lines: Sequence[GrantLine], *, is_own: bool, now: datetime
) -> dict[str, object]:
    status = found.status(now)
    seen = Seen(
        status,
        is_own=is_own,
        needed_approval=found.needs_approval,
        is_extended=bool(lines) and all(line.is_extended for line in lines),
        goes_on=any(line.goes_on_until for line in lines),
        is_break_glass=found.break_glass,
        is_stopped=status is Status.WITHDRAWN and is_withdrawn_by_stop(found),
        is_revoked=_is_revoked(lines),
        starts_later=found.start_at is not None,
        is_known=not any(line.grant and line.grant.failure_kind == NOT_FOUND_OUT for line in lines),
    )
    words = outcome(seen)
    names = {
        "project": found.project_id,
        "who": found.beneficiary_email,
        "minutes": minutes_in_words(found.minutes),
        "role": short_role(found.role),
    }
    is_pending = status is Status.ACTIVATION_PENDING
    return {
        "status": EXTENDED if seen.is_extended else STATES[status],
        "look_again": LOOK_AGAIN_SECONDS.get(status, ""),
        "headline": words.headline.format(**names),
        "explanation": words.explanation.format(**names),
        "is_pending": is_pending,
        "may_withdraw": (is_pending or status is Status.SCHEDULED) and is_own,
        **_start(found, status, now),
        "duration": minutes_in_words(found.minutes_at_most),
        "asked_duration": minutes_in_words(found.minutes),
        "expires_in": time_until(found.expires_at, now) if is_pending else "",
    }


def _is_revoked(lines: Sequence[GrantLine]) -> bool:
    """Return whether an administrator withdrew the access before its start."""
    grants = [line.grant for line in lines if line.grant]
    return any(
        grant.state == GrantState.WITHDRAWN and grant.end_reason == EndReason.REVOKED
        for grant in grants
    )


def _start(found: Request, status: Status, now: datetime) -> dict[str, object]:
    """Return the start that was asked for, and the time until then while the access is scheduled."""
    is_scheduled = status is Status.SCHEDULED
    starts_in = time_until(found.start_at, now) if is_scheduled else ""
    return {
        "start": found.start_at,
        "is_later": found.details.starts(now) > now,
        "starts_in": starts_in,
        "is_due": is_scheduled and not starts_in,
    }


def _approval(found: Request, user: User, *, is_own: bool, now: datetime) -> dict[str, object]:
    """Return how far the approval is and, for others than the requester, what they need to decide."""
    is_pending = found.status(now) is Status.ACTIVATION_PENDING
    reviewers = reviewer_lines(found, viewer=user)
    stages = stage_lines(found, reviewers, is_pending=is_pending)
    context: dict[str, object] = {"reviewers": reviewers, "stages": stages}
    if is_pending and stages:
        context["explanation"] = _progress(found, is_own=is_own)
    if is_own:
        return context
    return context | {
        "decision": decision(found, user, stages, now=now),
        "facts": review_facts(found, now=now) if is_pending else None,
    }


def _progress(found: Request, *, is_own: bool) -> str:
    progress = f"Approved so far: {progress_in_words(stages_of(found))}."
    later = ", or at the time below if that is later" if found.start_at else ""
    if is_own:
        duration = minutes_in_words(found.minutes)
        return (
            f"{progress} You get access with the last approval{later}. It lasts {duration}, or the shorter"
            " time that is approved."
        )
    return f"{progress} Access starts with the last approval{later}." if later else progress


def _end(lines: list[GrantLine], status: Status, now: datetime) -> dict[str, object]:
    end = max((line.end for line in lines if line.end), default=None)
    active = end if status is Status.ACTIVE else None
    return {
        "ends": active,
        "time_left": time_until(active, now),
        "end": end,
        "end_words": "Ended" if status is Status.ENDED else "Ends",
        "ending": [line for line in lines if line.is_ending],
    }


def _eligibility(
    found: Request, lines: list[GrantLine], status: Status, now: datetime
) -> dict[str, object]:
    """Return when eligibility ends or begins in the requested period, and whether it shortened access."""
    if status is Status.ACTIVATION_PENDING:
        wanted = Period.of(found.details.starts(now), found.duration)
        condition = found.resource_condition
        if usable(condition, wanted) is None:
            return {"not_now": why_not(condition, wanted)}
        return {"eligibility_ends": eligibility_end(condition, wanted)}
    ends = [line.grant.end_time for line in lines if line.grant and line.grant.is_cut]
    return {"cut_to": min(ends, default=None)}


def _failure(lines: list[GrantLine]) -> dict[str, object]:
    failed = next((line.grant for line in lines if line.grant and line.grant.failure), None)
    if failed is None:
        return {}
    return {"failure": failed.failure, "failure_advice": failure_advice(failed.failure_kind)}


def _extensions(found: Request) -> list[Request]:
    return list(Request.objects.filter(extends__request=found).order_by("requested_at"))


def _ways_on(found: Request, *, is_own: bool) -> dict[str, object]:
    if not is_own:
        return {"reviews_url": reverse("reviews")}
    project_id, again = found.project_id, str(found.id)
    if found.needs_approval:
        again_url = ask_url(found.project_role, again=again)
    else:
        again_url = roles_url(project_id, again=again)
    return {
        "again_url": again_url,
        "roles_url": roles_url(project_id),
        "console_url": f"{CONSOLE}?{urlencode({'project': project_id})}",
    }


def _record_url(found: Request, user: User, *, is_own: bool) -> str:
    """Return the URL of the record in the admin; '' for people who cannot open it, or when Google does not answer."""
    try:
        permissions = user.permissions
    except GoogleCloudError:
        return ""
    if permissions.sees_history:
        return reverse("admin:activations_request_change", args=[found.id])
    if permissions.sees_queue and not is_own:
        return reverse("admin:activations_queueditem_change", args=[found.id])
    return ""


def redirect_to_request(made: Request) -> HttpResponse:
    """Redirect to the page of the request with 303, so that the browser uses GET."""
    response = redirect("request", request_id=made.id)
    response.status_code = 303
    return response


@require_safe
@live
def one_request(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Show a request to its beneficiary and its reviewers; to others it does not exist."""
    found = find_request(user=user_of(request), request_id=request_id)
    return request_page(request, found, now=timezone.now())
