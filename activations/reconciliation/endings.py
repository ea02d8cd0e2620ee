"""Ends that were asked for and did not reach IAM: Google failed, refused, or our process died."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from activations.ending import end_access
from activations.grant_moves import IllegalTransition
from activations.models import Grant
from activations.reconciliation.counts import Counts
from activations.services.end_access import ending_work
from activations.states import EndReason, GrantState
from activations.writer import Writer
from googlecloud.errors import GoogleCloudError

logger = logging.getLogger("jitaccess.reconcile")

# Longer than anybody may still be busy with it.
AGE = timedelta(seconds=90)
MOST_AT_ONCE = 100


def retry_endings(*, now: datetime, writer: Writer, counts: Counts) -> None:
    """End what should have ended."""
    waiting = Grant.objects.filter(
        state=GrantState.ACTIVE, ending_asked_at__lte=now - AGE, end_time__gt=now
    )
    for grant in waiting.select_related("request").order_by("ending_asked_at")[:MOST_AT_ONCE]:
        _retry(grant, writer, counts)


def _retry(grant: Grant, writer: Writer, counts: Counts) -> None:
    work = ending_work(
        grant,
        EndReason(grant.ending_reason),
        by=grant.ending_asked_by,
        comment=grant.ending_comment,
        actor=None,
    )
    try:
        end_access(work, writer=writer)
    except GoogleCloudError as error:
        counts.troubled += 1
        logger.warning("Ending %s failed: %s", grant, error, extra={"event": "reconcile.endFailed"})
    except IllegalTransition:
        return
    else:
        counts.ended += 1
