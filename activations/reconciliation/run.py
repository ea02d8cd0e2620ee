"""One run of the reconciler: bounded, resumable, alone."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from activations import leases
from activations.anchoring import anchor_if_due
from activations.reconciliation.candidates import candidates
from activations.reconciliation.closing import close_expired
from activations.reconciliation.counts import Counts
from activations.reconciliation.endings import retry_endings
from activations.reconciliation.project import reconcile_project
from activations.reconciliation.recovery import recover
from activations.services.expiry import expire_due
from activations.writer import Writer
from googlecloud.deadline import Deadline
from googlecloud.errors import GoogleCloudError, QuotaExceeded

logger = logging.getLogger("jitaccess.reconcile")

JOB = "job:reconcile"


def reconcile(
    *,
    writer: Writer,
    scope: str,
    deadline: Deadline,
    projects: Iterable[str] | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Counts | None:
    """Do what is due until time is up; None when another run is at it.

    What is left over is done by the next run: the ledger itself says what is open.
    """
    with leases.try_turn(JOB, clock=writer.clock) as mine:
        if not mine:
            return None
        counts = Counts()
        now = writer.clock()
        expire_due(now=now)
        recover(now=now, writer=writer, counts=counts)
        retry_endings(now=now, writer=writer, counts=counts)
        close_expired(now=now, counts=counts)
        found = projects or candidates(scope=scope, writer=writer, now=now)
        _each_project(found, writer, deadline, counts, progress)
        anchor_if_due(clock=writer.clock)
    logger.info("Reconciled: %s", counts, extra={"event": "reconcile.done"})
    return counts


def _each_project(
    projects: Iterable[str],
    writer: Writer,
    deadline: Deadline,
    counts: Counts,
    progress: Callable[[str], None],
) -> None:
    for project_id in projects:
        if deadline.expired:
            counts.left += 1
            return
        try:
            reconcile_project(project_id, writer=writer, counts=counts)
        except QuotaExceeded as error:
            _trouble(project_id, error, counts)
            return  # asking on would take quota away from people
        except GoogleCloudError as error:
            _trouble(project_id, error, counts)
        progress(project_id)


def _trouble(project_id: str, error: GoogleCloudError, counts: Counts) -> None:
    counts.troubled += 1
    logger.warning(
        "Reconciling %s failed: %s", project_id, error, extra={"event": "reconcile.failed"}
    )
