"""The condition of the index: whether there is one, how old it is, and whether the refresh works."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from eligibility.index.served import is_usable, latest
from eligibility.models import Refresh


class Trouble(Enum):
    """What is wrong with the index."""

    MISSING = "No eligibility index"
    TOO_OLD = "Eligibility index is too old"
    FAILED = "Refresh of the eligibility index failed"


@dataclass(frozen=True, slots=True)
class IndexCondition:
    """The latest complete refresh, and the one that runs or waits for its next run."""

    complete: Refresh | None
    running: Refresh | None
    now: datetime

    @property
    def age(self) -> timedelta | None:
        """Return how long ago the index began to read; None without an index."""
        return self.now - self.complete.started_at if self.complete else None

    @property
    def is_usable(self) -> bool:
        """Whether lists may use the index."""
        return self.complete is not None and is_usable(self.complete, self.now)

    @property
    def is_busy(self) -> bool:
        """Whether a process works on a refresh at this moment."""
        until = self.running.lease_until if self.running and self.running.holder else None
        return until is not None and until > self.now

    @property
    def has_failed(self) -> bool:
        """Whether the last run ended with an error and nobody has continued it yet."""
        return bool(self.running and self.running.last_error) and not self.is_busy

    @property
    def trouble(self) -> Trouble | None:
        """Return what is wrong, the worst first; None when lists use the index and refreshes work."""
        if self.complete is None:
            return Trouble.MISSING
        if not self.is_usable:
            return Trouble.TOO_OLD
        return Trouble.FAILED if self.has_failed else None


def index_condition(now: datetime) -> IndexCondition:
    """Return the condition of the index. Takes two queries."""
    running = Refresh.objects.filter(status=Refresh.Status.RUNNING).first()
    return IndexCondition(latest(), running, now)
