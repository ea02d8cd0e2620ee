"""Starts all scheduled access that is due, request by request until the deadline."""

from __future__ import annotations

import logging
from functools import partial
from uuid import UUID

from activations.domain.refusals import Moved
from activations.domain.states import GrantState
from activations.iam import writes
from activations.iam.dependencies import Dependencies
from activations.iam.transitions import IllegalTransition
from activations.models import Grant, Request
from activations.reconciliation.attempts import Piece, one_by_one
from activations.reconciliation.counts import Counts
from activations.services.scheduled_start import start_scheduled
from googlecloud.calls import Deadline
from policies.rules.facts import FactsMissing
from policies.services.active import UnusablePolicy

logger = logging.getLogger("jitaccess.reconcile")

JOB = "job:start"
EVENT = "start.failed"


def start_due(*, dependencies: Dependencies, deadline: Deadline) -> Counts | None:
    """Start what is due. Return None when another run is in progress.

    What fails for a reason that may pass is tried again by the next run, until the end of the access.
    """
    with writes.try_turn(JOB, clock=dependencies.clock) as mine:
        if not mine:
            return None
        counts = Counts()
        pieces = [
            Piece(
                project_id,
                f"The scheduled start of {request_id}",
                partial(_start, request_id, dependencies, counts),
                EVENT,
            )
            for request_id, project_id in _due(dependencies)
        ]
        one_by_one(pieces, deadline=deadline, counts=counts)
    logger.info("Scheduled starts: %s", counts, extra={"event": "start.done"})
    return counts


def _due(dependencies: Dependencies) -> list[tuple[UUID, str]]:
    """Return the requests in random order, so that failing ones do not always block the others."""
    due = Grant.objects.filter(state=GrantState.SCHEDULED, start_time__lte=dependencies.clock())
    requests = Request.objects.filter(pk__in=due.values("request")).order_by("?")
    return list(requests.values_list("pk", "project_id"))


def _start(request_id: UUID, dependencies: Dependencies, counts: Counts) -> None:
    request = Request.objects.select_related("beneficiary").get(pk=request_id)
    try:
        if start_scheduled(request, dependencies=dependencies):
            counts.finished += 1
        else:
            counts.failed += 1
    except IllegalTransition:
        return  # withdrawn in the meantime
    except (Moved, FactsMissing, UnusablePolicy) as error:
        counts.troubled += 1
        text = "The scheduled start of %s must wait: %s"
        logger.warning(text, request_id, error, extra={"event": EVENT})
