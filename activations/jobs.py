"""What schedulers run: every job is bounded, may run twice at once, and loses nothing when it dies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict

from django.conf import settings
from django.utils import timezone

from activations.iam.dependencies import current_dependencies
from activations.notifications.delivery import deliver_due
from activations.reconciliation import run
from activations.reporting.job_runs import noted
from activations.reporting.metrics import log_metrics
from activations.services.expiry import expire_due
from googlecloud.deadline import Deadline

# A scheduler calls each minute; a round ends before the next one begins.
DELIVERY_SECONDS = 45.0
RECONCILE_SECONDS = 45.0


def deliver() -> dict[str, int]:
    """Send what waits in the outbox, and log the numbers for alerts."""
    counts = deliver_due(
        clock=timezone.now,  # noqa: TID251  # the clock itself is handed down
        deadline=Deadline(DELIVERY_SECONDS),
    )
    log_metrics(now=timezone.now())  # noqa: TID251  # an edge: as things are after the round
    return asdict(counts)


def expire() -> dict[str, int]:
    """Expire requests that nobody decided in time, and tell people."""
    expired = expire_due(now=timezone.now())  # noqa: TID251  # an edge: it reads the clock once
    return {"expired": expired}


def reconcile() -> dict[str, int]:
    """Make the ledger and IAM agree."""
    counts = run.reconcile(
        dependencies=current_dependencies(),
        scope=settings.RESOURCE_SCOPE,
        deadline=Deadline(RECONCILE_SECONDS),
    )
    return counts.as_dict() if counts else {"busy": 1}


def run_job(name: str) -> dict[str, int]:
    """Run a job and note that it ran.

    :raises KeyError: when there is no such job.
    """
    job = JOBS[name]
    with noted(name, clock=timezone.now):  # noqa: TID251  # the clock itself is handed down
        return job()


JOBS: Mapping[str, Callable[[], dict[str, int]]] = {
    "deliver": deliver,
    "expire": expire,
    "reconcile": reconcile,
}
