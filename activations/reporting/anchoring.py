"""Writes the head of the evidence chain to the log once a day, as an anchor outside of the database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from activations.domain.states import CLOCK_SKEW
from activations.evidence.verification import log_chain_head
from activations.models import JobRun
from activations.reporting.job_runs import noted

JOB = "anchor"
# Slightly less than a day, so that a job that runs every few minutes keeps the same hour.
EVERY = timedelta(hours=23, minutes=55)


def anchor_if_due(*, clock: Callable[[], datetime]) -> bool:
    """Write the anchor if it is due. Return whether it was."""
    now = clock()
    # Ignore runs in the future, which a wrong clock recorded.
    done = JobRun.objects.filter(name=JOB, last_started_at__lte=now + CLOCK_SKEW)
    if done.filter(last_started_at__gt=now - EVERY).exists():
        return False
    with noted(JOB, clock=clock):
        log_chain_head(now)
    return True
