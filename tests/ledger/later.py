"""The reconciler, some time after a disaster."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from activations.iam.dependencies import Dependencies, current_dependencies
from activations.reconciliation.counts import Counts
from activations.reconciliation.recovery import AGE
from activations.reconciliation.run import reconcile
from googlecloud.deadline import Deadline
from tests.moments import now

# Late enough for everything that a dead process left; early enough that no access is over.
SOON = AGE + timedelta(seconds=10)
MUCH_LATER = timedelta(hours=3)


def writer_at(after: timedelta) -> Dependencies:
    """A writer whose clock runs ahead."""
    return replace(current_dependencies(), clock=lambda: now() + after)


def reconcile_later(after: timedelta = SOON) -> tuple[Counts, datetime]:
    """Everything done that is due by then, and the moment that it was."""
    counts = reconcile(
        dependencies=writer_at(after), scope="organizations/7", deadline=Deadline(120)
    )
    assert counts is not None, "another run of the reconciler holds the lease"
    assert counts.left == 0
    return counts, now() + after
