"""Runs the reconciler, once at a time and until a deadline."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from functools import partial

from activations.domain.rules import check_project
from activations.domain.states import CLOCK_SKEW
from activations.evidence.imports import take_in_later
from activations.iam import writes
from activations.iam.dependencies import Dependencies
from activations.reconciliation.attempts import Piece, attempt
from activations.reconciliation.candidates import candidates
from activations.reconciliation.closing import close_expired
from activations.reconciliation.counts import Counts
from activations.reconciliation.endings import retry_endings
from activations.reconciliation.overdue_reviews import tell_about_overdue
from activations.reconciliation.project import reconcile_project
from activations.reconciliation.recovery import recover
from activations.reconciliation.second_names import second_names
from activations.reconciliation.stops import continue_stops
from activations.reporting.anchoring import anchor_if_due
from activations.services.expiry import expire_due
from googlecloud.calls import Deadline
from googlecloud.errors import QuotaExceeded

logger = logging.getLogger("jitaccess.reconcile")

JOB = "job:reconcile"


def reconcile(
    *,
    dependencies: Dependencies,
    scope: str,
    deadline: Deadline,
    projects: Iterable[str] | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Counts | None:
    """Run the due work until the deadline. Return None when another run is in progress.

    The next run does the remaining work, which it finds in the records. If `projects` are given, only
    these are compared with IAM.

    :raises Refusal: when one of the projects is not a project id.
    """
    projects = None if projects is None else [check_project(name) for name in projects]
    with writes.try_turn(JOB, clock=dependencies.clock) as mine:
        if not mine:
            return None
        counts = Counts()
        now = dependencies.clock()
        # Work that does not call Google comes first, so that it does not depend on Google's speed.
        expire_due(now=now)
        close_expired(now=now, counts=counts, skew=CLOCK_SKEW)
        take_in_later(now=now)
        continue_stops(now=now)
        anchor_if_due(clock=dependencies.clock)
        recover(now=now, deadline=deadline, dependencies=dependencies, counts=counts)
        retry_endings(now=now, deadline=deadline, dependencies=dependencies, counts=counts)
        tell_about_overdue(now=now, deadline=deadline, counts=counts)
        if counts.finished:  # these may have expired already
            close_expired(now=now, counts=counts, skew=CLOCK_SKEW)
        if deadline.expired:  # no time is left to search for projects
            counts.left += 1
        else:
            _compare(projects, scope, dependencies, deadline, counts, progress)
    found = {"event": "reconcile.done", "metrics": counts.as_dict()}
    logger.info("Reconciled: %s", counts, extra=found)
    return counts


def _compare(
    projects: Iterable[str] | None,
    scope: str,
    dependencies: Dependencies,
    deadline: Deadline,
    counts: Counts,
    progress: Callable[[str], None],
) -> None:
    now = dependencies.clock()
    names = second_names(now=now, dependencies=dependencies)
    found = projects or candidates(
        scope=scope, dependencies=dependencies, now=now, counts=counts, names=names
    )
    work = partial(reconcile_project, dependencies=dependencies, counts=counts, names=names)
    _each_project(found, work, deadline, counts, progress)


def _each_project(
    projects: Iterable[str],
    work: Callable[[str], None],
    deadline: Deadline,
    counts: Counts,
    progress: Callable[[str], None],
) -> None:
    for project_id in projects:
        if deadline.expired:
            counts.left += 1
            return
        piece = Piece(project_id, f"Reconciling {project_id}", partial(work, project_id))
        failure = attempt(piece, counts=counts)
        if isinstance(failure, QuotaExceeded):
            return  # further calls would use up the quota that people's requests need
        progress(project_id)
