"""The scheduled jobs: each has a time limit, may run twice at the same time, and can be interrupted safely."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict

from django.conf import settings
from django.utils import timezone

from activations.iam.dependencies import current_dependencies
from activations.iam.quotas import wait_for_refresh_call
from activations.notifications import delivery
from activations.packs.running import make_ordered
from activations.packs.signing import sign_as_ourselves
from activations.reconciliation import run
from activations.reconciliation.starts import start_due
from activations.reporting.job_runs import noted
from activations.reporting.metrics import log_metrics
from activations.services.ending_notice import tell_ending_soon
from activations.services.expiry import expire_due
from activations.services.reminders import Counts, remind_due
from eligibility import providers
from eligibility.index.run import refresh_index
from eligibility.index.work import Sources
from eligibility.models import Refresh
from googlecloud.calls import Deadline

# A scheduler calls each minute; a run ends before the next one starts.
DELIVERY_SECONDS = 45.0
RECONCILE_SECONDS = 45.0
START_SECONDS = 45.0
REMIND_SECONDS = 45.0
# Cloud Scheduler waits for an answer for three minutes.
REFRESH_SECONDS = 150.0
# No pack is begun after that; one that takes longer is finished.
PACKS_SECONDS = 60.0


def deliver() -> dict[str, int]:
    """Send the messages in the outbox, and log metrics for alerts."""
    return asdict(deliver_once(deadline=Deadline(DELIVERY_SECONDS)))


def deliver_once(*, limit: int = 500, deadline: Deadline | None = None) -> delivery.Counts:
    """Write the messages about access that ends soon, send what is due, and log metrics.

    This job runs each minute on every platform, so that holders are told in time.
    """
    tell_ending_soon(
        now=timezone.now(),  # noqa: TID251  # an edge: the time before the run
        within=settings.ENDING_SOON,
    )
    counts = delivery.deliver_due(
        clock=timezone.now,  # noqa: TID251  # passes the clock itself
        limit=limit,
        deadline=deadline,
    )
    log_metrics(now=timezone.now())  # noqa: TID251  # an edge: the time after the run
    return counts


def expire() -> dict[str, int]:
    """Expire requests that nobody reviewed in time, and notify people."""
    expired = expire_due(now=timezone.now())  # noqa: TID251  # an edge: it reads the clock once
    return {"expired": expired}


def remind() -> dict[str, int]:
    """Remind reviewers of stages that they have not answered, and escalate."""
    return asdict(remind_once(seconds=REMIND_SECONDS))


def remind_once(*, seconds: float) -> Counts:
    """Carry out the reminders and escalations that are due, for at most this long."""
    return remind_due(
        now=timezone.now(),  # noqa: TID251  # an edge: it reads the clock once
        deadline=Deadline(seconds),
        read_groups=providers.group_members().people,
    )


def reconcile() -> dict[str, int]:
    """Reconcile the database with IAM."""
    counts = run.reconcile(
        dependencies=current_dependencies(),
        scope=settings.RESOURCE_SCOPE,
        deadline=Deadline(RECONCILE_SECONDS),
    )
    return counts.as_dict() if counts else {"busy": 1}


def start() -> dict[str, int]:
    """Start the scheduled access that is due."""
    counts = start_due(dependencies=current_dependencies(), deadline=Deadline(START_SECONDS))
    if counts is None:
        return {"busy": 1}
    names = {"started": counts.finished, "failed": counts.failed}
    return names | {"troubled": counts.troubled, "left": counts.left}


def refresh() -> dict[str, int]:
    """Read a part of the eligibility index."""
    row = refresh_once(seconds=REFRESH_SECONDS)
    if row is None:
        return {"busy": 1}
    is_complete = row.status == Refresh.Status.COMPLETE
    return {"complete": int(is_complete), "projects": row.projects, "bindings": row.bindings}


def refresh_once(
    *,
    seconds: float,
    is_full: bool = False,
    progress: Callable[[Refresh], None] = lambda _: None,
) -> Refresh | None:
    """Refresh the eligibility index for at most this long; None when another run is in progress.

    :raises googlecloud.errors.GoogleCloudError: when Google does not answer.
    """
    cloud = providers.cloud()
    sources = Sources(
        cloud=cloud,
        groups=cloud.directory,
        scope=settings.RESOURCE_SCOPE,
        query=settings.AVAILABLE_PROJECTS_QUERY,
        clock=timezone.now,  # noqa: TID251  # the clock itself is handed down
        throttle=wait_for_refresh_call,
    )
    return refresh_index(
        sources=sources, deadline=Deadline(seconds), is_full=is_full, progress=progress
    )


def packs() -> dict[str, int]:
    """Make the evidence packs that were ordered, and delete those of yesterday."""
    counts = make_ordered(
        sign=sign_as_ourselves(providers.cloud()),
        clock=timezone.now,  # noqa: TID251  # the clock itself is handed down
        deadline=Deadline(PACKS_SECONDS),
    )
    return counts.as_dict()


JOBS: Mapping[str, Callable[[], dict[str, int]]] = {
    "deliver": deliver,
    "expire": expire,
    "packs": packs,
    "reconcile": reconcile,
    "refresh": refresh,
    "start": start,
    "remind": remind,
}


def run_job(name: str, jobs: Mapping[str, Callable[[], dict[str, int]]] = JOBS) -> dict[str, int]:
    """Run a job and record the run.

    :raises KeyError: when there is no such job.
    """
    job = jobs[name]
    with noted(name, clock=timezone.now):  # noqa: TID251  # passes the clock itself
        return job()
