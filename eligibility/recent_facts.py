"""Caches facts for displaying lists, as people reload pages. Decisions never use them."""

import time
from collections.abc import Callable
from threading import Lock
from typing import Protocol

from eligibility.expiring import Expiring
from eligibility.facts import Facts

KEPT_SECONDS = 30.0
MOST_KEPT = 1_000


class ListFacts(Protocol):
    """Fetches the facts for displaying lists, as each catalog does."""

    def facts(self, *, user: str, project_id: str) -> Facts: ...


class RecentFacts:
    """Caches a catalog's facts per person and project for `seconds` or until a change."""

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

        :raises GoogleCloudError: when nothing is cached and Google does not answer.
        """
        key = (user.lower(), project_id)
        if kept := self._kept.get(key):
            return kept
        changes = self._changes
        found = self._catalog.facts(user=user, project_id=project_id).narrowed()
        with self._lock:
            # Facts that were read before a change must not be cached after it.
            if changes == self._changes:
                self._kept.put(key, found, seconds=self._seconds)
        return found

    def kept(self, *, user: str, project_id: str) -> Facts | None:
        """Return the cached facts, or None. Does not call Google."""
        return self._kept.get((user.lower(), project_id))

    def forget(self, *, user: str, project_id: str) -> None:
        """Remove the cached facts after a change, so that the next call fetches them again."""
        with self._lock:
            self._changes += 1
            self._kept.forget((user.lower(), project_id))
