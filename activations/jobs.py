"""The scheduled jobs: each has a time limit, may run twice at the same time, and can be interrupted safely."""

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

# A scheduler calls each minute; a run ends before the next one starts.
DELIVERY_SECONDS = 45.0
RECONCILE_SECONDS = 45.0


def deliver() -> dict[str, int]:
    """Send the messages in the outbox, and log metrics for alerts."""
    counts = deliver_due(
        clock=timezone.now,  # noqa: TID251  # passes the clock itself
        deadline=Deadline(DELIVERY_SECONDS),
    )
    log_metrics(now=timezone.now())  # noqa: TID251  # an edge: the time after the run
    return asdict(counts)


def expire() -> dict[str, int]:
    """Expire requests that nobody reviewed in time, and notify people."""
    expired = expire_due(now=timezone.now())  # noqa: TID251  # an edge: it reads the clock once
    return {"expired": expired}


def reconcile() -> dict[str, int]:
    """Reconcile the database with IAM."""
    counts = run.reconcile(
        dependencies=current_dependencies(),
        scope=settings.RESOURCE_SCOPE,
        deadline=Deadline(RECONCILE_SECONDS),
    )
    return counts.as_dict() if counts else {"busy": 1}


def run_job(name: str) -> dict[str, int]:
    """Run a job and record the run.

    :raises KeyError: when there is no such job.
    """
    job = JOBS[name]
    with noted(name, clock=timezone.now):  # noqa: TID251  # passes the clock itself
        return job()


JOBS: Mapping[str, Callable[[], dict[str, int]]] = {
    "deliver": deliver,
    "expire": expire,
    "reconcile": reconcile,
}
