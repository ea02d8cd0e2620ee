"""Retries requested ends of access that failed in IAM or were interrupted."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from activations.domain.states import EndReason, GrantState
from activations.iam.dependencies import Dependencies
from activations.iam.ending import end_access
from activations.iam.transitions import IllegalTransition
from activations.models import Grant
from activations.reconciliation.attempts import Piece, one_by_one
from activations.reconciliation.counts import Counts
from activations.services.end_access import ending_work
from googlecloud.calls import Deadline

# Longer than the process that received the request may still work on it.
AGE = timedelta(seconds=90)


def retry_endings(
    *, now: datetime, deadline: Deadline, dependencies: Dependencies, counts: Counts
) -> None:
    """Retry in random order, so that ends that Google refuses do not always block the others."""
    waiting = Grant.objects.filter(
        state=GrantState.ACTIVE, ending_asked_at__lte=now - AGE, end_time__gt=now
    )
    pieces = [
        Piece(
            grant.project_id,
            f"Ending {grant}",
            partial(_retry, grant, dependencies, counts),
            event="reconcile.endFailed",
        )
        for grant in waiting.select_related("request").order_by("?")
    ]
    one_by_one(pieces, deadline=deadline, counts=counts)


def _retry(grant: Grant, dependencies: Dependencies, counts: Counts) -> None:
    work = ending_work(
        [grant],
        EndReason(grant.ending_reason),
        by=grant.ending_asked_by,
        comment=grant.ending_comment,
        actor=None,
    )
    try:
        end_access(work, dependencies=dependencies)
    except IllegalTransition:
        return  # another process has ended it in the meantime
    counts.ended += 1
