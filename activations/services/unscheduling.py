"""Withdraws scheduled access before its start: by its holder, by an administrator, or because of a stop."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from activations.domain.caller import Caller
from activations.domain.refusals import Moved
from activations.domain.states import EndReason, GrantState, Status
from activations.evidence.recording import recording
from activations.iam.ledger import same_access
from activations.iam.transitions import IllegalTransition, move
from activations.models import Grant, Request
from activations.notifications.announce import announce
from activations.notifications.kinds import Announcement
from activations.people.actor import Actor
from activations.reporting import start_log


def withdraw_own_start(
    request: Request, *, actor: Actor, comment: str, now: datetime
) -> Request | None:
    """Withdraw the scheduled grants of the actor's request. Return None when none was ever scheduled.

    :raises Moved: when the access has started.
    """
    grants = list(request.grants.all())
    if not grants or request.start_at is None:
        return None
    scheduled = [grant for grant in grants if grant.state == GrantState.SCHEDULED]
    caller = actor.caller
    if withdraw_start(scheduled, EndReason.WITHDRAWN, by=caller, comment=comment, now=now):
        request.refresh_from_db()
        return request
    after = list(request.grants.all())
    if all(grant.state == GrantState.WITHDRAWN for grant in after):
        return request
    raise Moved(_started(request, now))


def withdraw_access(grant: Grant, *, by: Caller, comment: str, now: datetime) -> bool:
    """Revoke what is scheduled of the access of this grant. Return whether there was any."""
    scheduled = same_access(grant).filter(state=GrantState.SCHEDULED)
    return withdraw_start(list(scheduled), EndReason.REVOKED, by=by, comment=comment, now=now)


def withdraw_start(
    grants: Sequence[Grant],
    reason: EndReason,
    *,
    by: Caller | None,
    comment: str,
    now: datetime,
    said: str | None = None,
) -> bool:
    """Withdraw scheduled grants of one request, all or none. Return whether they were still scheduled.

    No caller means JIT Access. `said` replaces the comment for those who are told.
    """
    if not grants:
        return False
    request = grants[0].request
    try:
        with recording():
            target, details = GrantState.WITHDRAWN, {"reason": reason.value}
            for grant in grants:
                grant.end_reason = reason
                move(grant, target, actor=by, now=now, details=details, comment=comment)
            announce(
                Announcement.WITHDRAWN,
                request=request,
                now=now,
                grants=grants,
                actor=by.email if by else "JIT Access",
                comment=comment if said is None else said,
            )
    except IllegalTransition:
        return False
    for grant in grants:
        start_log.start_withdrawn(grant, by=by.email if by else "JIT Access")
    return True


def _started(request: Request, now: datetime) -> str:
    status = Request.objects.get(pk=request.pk).status(now)
    if status in {Status.ACTIVE, Status.PROVISIONING}:
        return "This access has started. End it instead"
    return "This access is no longer scheduled"
