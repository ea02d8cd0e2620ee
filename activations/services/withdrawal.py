"""Withdraws requests that are no longer needed."""

from __future__ import annotations

from datetime import datetime

from activations.domain import rules
from activations.domain.caller import Caller
from activations.domain.refusals import NotAllowed
from activations.domain.states import RequestState
from activations.evidence.recording import recording
from activations.iam.transitions import IllegalTransition, move_request
from activations.models import Request
from activations.models.request import RequestQuerySet
from activations.notifications.announce import announce
from activations.notifications.kinds import Announcement
from activations.people.actor import Actor, origin
from activations.reporting import audit_log
from activations.services.expiry import expire_if_due
from activations.services.settled import already_settled
from activations.services.unscheduling import withdraw_own_start

# Reviewers do not see why a person was stopped.
BY_ADMINISTRATOR = "An administrator stopped the access of the requester."


def withdraw(*, request: Request, actor: Actor, comment: str, now: datetime) -> Request:
    """Withdraw a pending request, or access that has not started. Idempotent.

    :raises NotAllowed: when it belongs to another person.
    :raises Moved: when it was decided or has expired, and when the access has started.
    """
    text = rules.check_comment(comment, required=False)
    if not request.belongs_to(actor.user):
        raise NotAllowed("Only the requester can withdraw the request")
    expire_if_due(request=request, now=now)
    if request.state == RequestState.WITHDRAWN:
        return request
    if withdrawn := withdraw_own_start(request, actor=actor, comment=text, now=now):
        return withdrawn
    if not record_withdrawal(request, caller=actor.caller, comment=text, now=now):
        request.refresh_from_db()
        if request.state != RequestState.WITHDRAWN:
            raise already_settled(request)
    return request


def pending_requests(found: RequestQuerySet) -> RequestQuerySet:
    """Return those of the requests that are not decided, oldest first."""
    return found.undecided().order_by("requested_at", "id")


def record_withdrawal(
    request: Request, *, caller: Caller | None, comment: str, now: datetime
) -> bool:
    """Withdraw the request if it is pending, and return whether it was. No caller means JIT Access."""
    try:
        with recording():
            move_request(
                request,
                RequestState.WITHDRAWN,
                actor=caller,
                now=now,
                comment=comment,
                details=origin(request, caller) if caller else {},
            )
            _notify(request, caller=caller, comment=comment, now=now)
    except IllegalTransition:
        return False
    request.refresh_from_db()
    by = caller.email if caller else "JIT Access"
    audit_log.request_ended(request, event="api.withdrawRequest", by=by)
    return True


def _notify(request: Request, *, caller: Caller | None, comment: str, now: datetime) -> None:
    by_holder = caller is not None and caller.subject == request.beneficiary_subject
    announce(
        Announcement.WITHDRAWN,
        request=request,
        now=now,
        comment=comment if by_holder else BY_ADMINISTRATOR,
        actor="" if by_holder else (caller.email if caller else "JIT Access"),
    )
