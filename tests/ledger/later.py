"""Runs the reconciler as if some time had passed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from activations.iam.dependencies import Dependencies, current_dependencies
from activations.reconciliation.counts import Counts
from activations.reconciliation.recovery import AGE
from activations.reconciliation.run import reconcile
from googlecloud.calls import Deadline
from tests.moments import now

# Late enough to resolve all work of a crashed process, and before any access expires.
SOON = AGE + timedelta(seconds=10)
MUCH_LATER = timedelta(hours=3)


def writer_at(after: timedelta) -> Dependencies:
    """Return dependencies whose clock is ahead by this time."""
    return replace(current_dependencies(), clock=lambda: now() + after)


def reconcile_later(after: timedelta = SOON) -> tuple[Counts, datetime]:
    """Run the reconciler with this clock; return its counts and its time."""
    counts = reconcile(
        dependencies=writer_at(after), scope="organizations/7", deadline=Deadline(120)
    )
    assert counts is not None, "another run of the reconciler holds the lease"
    assert counts.left == 0
    return counts, now() + after
