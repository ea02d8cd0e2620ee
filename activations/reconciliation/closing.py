"""Records the end of expired grants, whose access IAM has ended."""

from __future__ import annotations

from datetime import datetime, timedelta

from activations.domain.states import EndReason, GrantState
from activations.evidence.recording import recording
from activations.iam.transitions import IllegalTransition, move
from activations.models import Grant
from activations.reconciliation.counts import Counts

MOST_AT_ONCE = 1000


def close_expired(*, now: datetime, counts: Counts, skew: timedelta = timedelta()) -> None:
    """Move active grants that expired at least `skew` ago to `ended`, in case this clock is ahead.

    Their end is that of the binding's condition.
    """
    expired = Grant.objects.filter(state=GrantState.ACTIVE, end_time__lte=now - skew)
    for grant in expired.select_related("request").order_by("end_time")[:MOST_AT_ONCE]:
        grant.ended_at, grant.end_reason = grant.end_time, EndReason.EXPIRED
        try:
            with recording():
                details = {"reason": EndReason.EXPIRED.value}
                move(grant, GrantState.ENDED, actor=None, now=now, details=details)
        except IllegalTransition:
            continue  # another process has ended it in the meantime
        counts.closed += 1
