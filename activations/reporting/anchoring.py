"""Writes the head of the evidence to the log once a day: an anchor outside the database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from activations.domain.states import CLOCK_SKEW
from activations.evidence.verification import log_chain_head
from activations.models import JobRun
from activations.reporting.job_runs import noted

JOB = "anchor"
# A little less than a day, so that a job of every few minutes keeps the hour.
EVERY = timedelta(hours=23, minutes=55)


def anchor_if_due(*, clock: Callable[[], datetime]) -> bool:
    """Whether it was due, and is done."""
    now = clock()
    # One from the future was noted by a clock that was wrong.
    done = JobRun.objects.filter(name=JOB, last_started_at__lte=now + CLOCK_SKEW)
    if done.filter(last_started_at__gt=now - EVERY).exists():
        return False
    with noted(JOB, clock=clock):
        log_chain_head(now)
    return True
