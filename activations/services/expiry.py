"""Expires requests that no reviewer decided in time."""

from __future__ import annotations

from datetime import datetime

from activations.domain.states import RequestState
from activations.evidence.recording import recording
from activations.iam.transitions import IllegalTransition, move_request
from activations.models import Request
from activations.notifications.announce import announce
from activations.notifications.kinds import Announcement
from activations.reporting import audit_log

MOST_AT_ONCE = 500


def expire_due(*, now: datetime) -> int:
    """Expire overdue requests, and return how many. Safe to run concurrently."""
    due = Request.objects.overdue(now)
    return sum(expire_if_due(request=request, now=now) for request in due[:MOST_AT_ONCE])


def expire_if_due(*, request: Request, now: datetime) -> bool:
    """Expire the request if it is overdue. Return whether it is expired."""
    if request.state != RequestState.PENDING or not request.expires_at or request.expires_at > now:
        return request.state == RequestState.EXPIRED
    try:
        with recording():
            move_request(request, RequestState.EXPIRED, actor=None, now=now)
            announce(Announcement.EXPIRED, request=request, now=now)
    except IllegalTransition:
        request.refresh_from_db()
        return request.state == RequestState.EXPIRED
    request.refresh_from_db()
    audit_log.request_ended(request, event="api.expireRequest", by="")
    return True
