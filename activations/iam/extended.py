"""A grant that was replaced by a longer one of the same access."""

from __future__ import annotations

from datetime import datetime

from activations.domain.caller import Caller
from activations.domain.states import EndReason, GrantState
from activations.iam.transitions import move
from activations.models import Grant, Request


def replace_extended(request: Request, *, actor: Caller | None, now: datetime) -> None:
    """End the grant that this request extends, if it still runs; call it in the transaction of success.

    One whose end was asked for is left to that end, so that a revocation is never lost.
    """
    if request.extends_id is None:
        return
    before = Grant.objects.filter(
        pk=request.extends_id, state=GrantState.ACTIVE, ending_asked_at=None
    ).first()
    if before is None or before.end_time <= now:
        return
    before.ended_at, before.end_reason = now, EndReason.EXTENDED
    details = {"reason": EndReason.EXTENDED.value, "extended_by": str(request.id)}
    move(before, GrantState.ENDED, actor=actor, now=now, details=details)
