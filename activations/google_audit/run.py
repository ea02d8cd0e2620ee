"""One run: read what is due, then judge what was read."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from activations.google_audit.counts import Counts
from activations.google_audit.judging import judge_entries, judge_grants
from activations.google_audit.reading import LostTurn, Reader
from activations.google_audit.sources import Coverage, note_sources
from activations.iam import writes
from activations.iam.dependencies import Dependencies
from googlecloud.calls import Deadline
from googlecloud.errors import GoogleCloudError, QuotaExceeded

logger = logging.getLogger("jitaccess.google_audit")

JOB = "job:audit"


def reconcile_audit_log(
    *,
    dependencies: Dependencies,
    views: Sequence[str],
    throttle: Callable[[], None],
    deadline: Deadline,
) -> Counts | None:
    """Read and judge until the deadline. Return None when another run is in progress.

    The next run continues where this one stopped, also after a crash.

    :raises googlecloud.errors.GoogleCloudError: when Google does not answer; what was read before is judged.
    """
    with writes.try_turn(JOB, clock=dependencies.clock) as mine:
        if not mine:
            return None
        counts = Counts()
        note_sources(views, now=dependencies.clock())
        failure = _read(dependencies, views, throttle, deadline, counts)
        now, judging = dependencies.clock(), deadline.at_least(5)
        judge_entries(now=now, deadline=judging, counts=counts)
        judge_grants(coverage=Coverage.read(views), now=now, deadline=judging, counts=counts)
        if failure:
            raise failure
    logger.info("Read the audit log: %s", counts, extra={"event": "audit_log.done"})
    return counts


def _read(
    dependencies: Dependencies,
    views: Sequence[str],
    throttle: Callable[[], None],
    deadline: Deadline,
    counts: Counts,
) -> GoogleCloudError | None:
    """Read; return the failure that kept the rest from being read, but not a quota, which the next run has."""
    try:
        Reader(
            log=dependencies.cloud.logging,
            account=dependencies.cloud.metadata.service_account_email.lower(),
            views=views,
            clock=dependencies.clock,
            throttle=throttle,
            deadline=deadline,
            counts=counts,
        ).read_due()
    except (QuotaExceeded, LostTurn):
        counts.left += 1
    except GoogleCloudError as error:
        return error
    return None
