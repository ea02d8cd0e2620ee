"""Facts for lists, kept for a while because people reload pages; decisions never use these."""

import time
from collections.abc import Callable
from threading import Lock
from typing import Protocol

from eligibility.expiring import Expiring
from eligibility.facts import Facts

KEPT_SECONDS = 30.0
MOST_KEPT = 1_000


class ListFacts(Protocol):
    """Fetches what lists are made of, as each catalog does."""

    def facts(self, *, user: str, project_id: str) -> Facts: ...


class RecentFacts:
    """A catalog's facts per person and project, asked for again after `seconds` or a change."""

    def __init__(
        self,
        catalog: ListFacts,
        *,
        seconds: float = KEPT_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._catalog = catalog
        self._seconds = seconds
        self._kept: Expiring[tuple[str, str], Facts] = Expiring(size=MOST_KEPT, clock=clock)
        self._changes = 0
        self._lock = Lock()

    def facts(self, *, user: str, project_id: str) -> Facts:
        """Return facts that are at most `seconds` older than the catalog's.

        :raises GoogleCloudError: when nothing is kept and Google does not answer.
        """
        key = (user.lower(), project_id)
        if kept := self._kept.get(key):
            return kept
        changes = self._changes
        found = self._catalog.facts(user=user, project_id=project_id).narrowed()
        with self._lock:
            # What was read before a change must not be kept after it.
            if changes == self._changes:
                self._kept.put(key, found, seconds=self._seconds)
        return found

    def kept(self, *, user: str, project_id: str) -> Facts | None:
        """Return the facts that are kept; asks nobody."""
        return self._kept.get((user.lower(), project_id))

    def forget(self, *, user: str, project_id: str) -> None:
        """Ask again next time: something has just changed."""
        with self._lock:
            self._changes += 1
            self._kept.forget((user.lower(), project_id))
