"""The beneficiary no longer needs what was asked for."""

from __future__ import annotations

from datetime import datetime

from activations import audit, reviewer_rules
from activations.asker import Asker, origin
from activations.evidence import Step, record, recording
from activations.models import Request
from activations.notifications import Announcement, announce
from activations.outcomes import already_settled
from activations.refusals import NotAllowed
from activations.services.expiry import expire_if_due
from activations.states import RequestState


def withdraw(*, request: Request, asker: Asker, comment: str, now: datetime) -> Request:
    """Take back a pending request; doing it twice is once.

    :raises NotAllowed: when it is somebody else's.
    :raises Moved: when it has been decided or is over.
    """
    text = reviewer_rules.check_comment(comment, required=False)
    if request.beneficiary_id != asker.user.pk:
        raise NotAllowed("Only the person who asked can withdraw the request")
    expire_if_due(request=request, now=now)
    if request.state == RequestState.WITHDRAWN:
        return request
    with recording():
        changed = Request.objects.filter(pk=request.pk, state=RequestState.PENDING).update(
            state=RequestState.WITHDRAWN, decided_at=now
        )
        if changed:
            record(
                Step(
                    kind="request.withdrawn",
                    at=now,
                    request=request,
                    actor=asker.caller,
                    was=RequestState.PENDING,
                    became=RequestState.WITHDRAWN,
                    comment=text,
                    details=origin(request, asker.caller),
                )
            )
            announce(Announcement.WITHDRAWN, request=request, now=now, comment=text)
    request.refresh_from_db()
    if not changed and request.state != RequestState.WITHDRAWN:
        raise already_settled(request)
    audit.request_ended(request, event="api.withdrawRequest", by=asker.user.email)
    return request
