"""The beneficiary no longer needs what was asked for."""

from __future__ import annotations

from datetime import datetime

from activations.domain import reviewer_rules
from activations.domain.refusals import NotAllowed
from activations.domain.states import RequestState
from activations.evidence.facts import request_changes
from activations.evidence.recording import Step, record, recording
from activations.models import Request
from activations.notifications.announce import announce
from activations.notifications.kinds import Announcement
from activations.people.actor import Actor, origin
from activations.reporting import audit_log
from activations.services.expiry import expire_if_due
from activations.services.settled import already_settled


def withdraw(*, request: Request, actor: Actor, comment: str, now: datetime) -> Request:
    """Take back a pending request; doing it twice is once.

    :raises NotAllowed: when it is somebody else's.
    :raises Moved: when it has been decided or is over.
    """
    text = reviewer_rules.check_comment(comment, required=False)
    if request.beneficiary_id != actor.user.pk:
        raise NotAllowed("Only the person who asked can withdraw the request")
    expire_if_due(request=request, now=now)
    if request.state == RequestState.WITHDRAWN:
        return request
    with recording():
        values = {"state": RequestState.WITHDRAWN, "decided_at": now}
        pending = Request.objects.filter(pk=request.pk, state=RequestState.PENDING)
        changed = pending.update(**values)
        if changed:
            record(
                Step(
                    kind="request.withdrawn",
                    at=now,
                    request=request,
                    actor=actor.caller,
                    was=RequestState.PENDING,
                    became=RequestState.WITHDRAWN,
                    comment=text,
                    details=origin(request, actor.caller),
                    rows=request_changes(**values),
                )
            )
            announce(Announcement.WITHDRAWN, request=request, now=now, comment=text)
    request.refresh_from_db()
    if not changed and request.state != RequestState.WITHDRAWN:
        raise already_settled(request)
    audit_log.request_ended(request, event="api.withdrawRequest", by=actor.user.email)
    return request
