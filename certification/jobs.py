"""The scheduled jobs of all apps: those of activations, and the one of access reviews."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict

from django.utils import timezone

from activations import jobs
from certification.services.due import Counts, remind_and_escalate
from googlecloud.calls import Deadline

CAMPAIGN_SECONDS = 45.0


def campaigns() -> dict[str, int]:
    """Remind the reviewers of campaigns, and mark those that are overdue."""
    return asdict(campaigns_once(seconds=CAMPAIGN_SECONDS))


def campaigns_once(*, seconds: float) -> Counts:
    """Carry out what is due, for at most this long."""
    return remind_and_escalate(
        now=timezone.now(),  # noqa: TID251  # an edge: it reads the clock once
        deadline=Deadline(seconds),
    )


JOBS: Mapping[str, Callable[[], dict[str, int]]] = {**jobs.JOBS, "campaigns": campaigns}


def run_job(name: str) -> dict[str, int]:
    """Run a job and record the run.

    :raises KeyError: when there is no such job.
    """
    return jobs.run_job(name, JOBS)
