"""The timeline of one request. Simultaneous events of the same kind share a line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from activations.domain.labels import AFTER_REVIEW_STATES, END_REASONS
from activations.models import Event, Request
from activations.pages.wording import short_role
from activations.services.withdrawal import BY_ADMINISTRATOR

PHRASES = {
    "request.self_approved": "Requested. No approval was required",
    "request.pending": "Requested approval for {roles}",
    "request.stage_opened": "Opened stage {stage} of the approval",
    "request.approval_recorded": "Approved stage {stage}",
    "request.approval_void": "The approval of {reviewer} does not count any more",
    "request.approved": "Approved",
    "request.declined": "Declined",
    "request.withdrawn": "Withdrawn",
    "request.expired": "Expired because no reviewer decided in time",
    "request.reminded": "Reminded the reviewers of stage {stage}",
    "request.escalated": "Escalated stage {stage}: more people can approve it",
    "grant.scheduled": "Scheduled {roles}",
    "grant.withdrawn": "Withdrew the scheduled start of {roles}",
    "grant.provisioning": "Started to grant {roles}",
    "grant.active": "Granted {roles}",
    "grant.failed": "Not granted: {roles}",
    "grant.ending": "Requested to end {roles} early",
    "grant.end_failed": "Google did not end {roles}. Access continues, and JIT Access tries again",
    "grant.ended": "Ended {roles}",
    "grant.binding_changed": "The binding of {roles} changed when another activation ended",
    "request.recognised": "The person who holds this access signed in",
    "after_review.opened": "Opened the after-review of break glass",
    "after_review.judged": "Judged break glass as {verdict}",
    "grant.adopted": "Found {roles} in IAM and added it to the history",
}
FIRST_SEEN = "reviewer.recognised"
BREAK_GLASS = "request.break_glass"
PHRASES[BREAK_GLASS] = "Used break glass. Nobody approved"
# The comments of these steps are shown elsewhere on the page.
KNOWN_COMMENTS = {"request.self_approved", "request.pending"}


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the timeline."""

    words: str
    at: datetime
    who: str
    comment: str = ""


def timeline(request: Request, *, is_own: bool) -> list[Moment]:
    """Return the lines, oldest first. Reviewers do not see why an administrator stopped the person.

    That a reviewer opened the application for the first time changes nothing about the request.
    """
    events = Event.objects.filter(request=request).exclude(kind=FIRST_SEEN).order_by("sequence")
    together = groupby(events, key=lambda event: (event.kind, event.at, event.actor_email))
    return [_moment(list(group), request, is_own=is_own) for _, group in together]


def _moment(events: Sequence[Event], request: Request, *, is_own: bool) -> Moment:
    first = events[0]
    kind = BREAK_GLASS if first.kind in KNOWN_COMMENTS and request.break_glass else first.kind
    phrase = PHRASES.get(kind, first.kind.replace(".", " ").replace("_", " "))
    words = phrase.format(
        roles=_names(event.role or request.role for event in events),
        verdict=AFTER_REVIEW_STATES.get(first.became, "").lower(),
        stage=first.details.get("stage", ""),
        reviewer=first.details.get("reviewer", ""),
    )
    if reason := END_REASONS.get(str(first.details.get("reason", ""))):
        words = f"{words} · {reason}" if first.kind == "grant.ended" else words
    comment = "" if first.kind in KNOWN_COMMENTS else first.comment
    if not is_own and first.kind == "request.withdrawn":
        comment = _comment_for_reviewers(first, request)
    if not is_own and first.kind == "grant.withdrawn" and not _is_by_holder(first, request):
        comment = ""
    return Moment(words, first.at, first.actor_email or "JIT Access", comment)


def _comment_for_reviewers(withdrawal: Event, request: Request) -> str:
    return withdrawal.comment if _is_by_holder(withdrawal, request) else BY_ADMINISTRATOR


def _is_by_holder(event: Event, request: Request) -> bool:
    return event.actor_subject == request.beneficiary_subject


def _names(roles: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(short_role(role) for role in roles if role))
