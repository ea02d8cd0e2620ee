"""Requests that nobody decided in time."""

from __future__ import annotations

from datetime import datetime

from activations.domain.states import RequestState
from activations.evidence.facts import request_changes
from activations.evidence.recording import Step, record, recording
from activations.models import Request
from activations.notifications.announce import announce
from activations.notifications.kinds import Announcement
from activations.reporting import audit_log

MOST_AT_ONCE = 500


def expire_due(*, now: datetime) -> int:
    """Expire what is over; returns how many. Safe when several do it at once."""
    due = Request.objects.overdue(now)
    return sum(expire_if_due(request=request, now=now) for request in due[:MOST_AT_ONCE])


def expire_if_due(*, request: Request, now: datetime) -> bool:
    """Whether this request is expired now, or was just before."""
    if request.state != RequestState.PENDING or not request.expires_at or request.expires_at > now:
        return request.state == RequestState.EXPIRED
    with recording():
        values = {"state": RequestState.EXPIRED, "decided_at": now}
        pending = Request.objects.filter(pk=request.pk, state=RequestState.PENDING)
        changed = pending.update(**values)
        if changed:
            record(
                Step(
                    kind="request.expired",
                    at=now,
                    request=request,
                    was=RequestState.PENDING,
                    became=RequestState.EXPIRED,
                    rows=request_changes(**values),
                )
            )
            announce(Announcement.EXPIRED, request=request, now=now)
    request.refresh_from_db()
    if changed:
        audit_log.request_ended(request, event="api.expireRequest", by="")
    return request.state == RequestState.EXPIRED
