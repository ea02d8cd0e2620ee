"""What a process keeps in memory: entries that expire, results that threads share, and what lists show again.

Decisions never use `RecentFacts` and `RecentPrincipals`.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from functools import partial
from threading import Lock
from typing import Generic, Protocol, TypeVar

from eligibility.facts import Facts, Principals

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

FACTS_KEPT_SECONDS = 30.0
MOST_FACTS_KEPT = 1_000
PRINCIPALS_KEPT_SECONDS = 600.0
# For what the groups of access policies decide.
FRESH_SECONDS = 60.0
MOST_PRINCIPALS_KEPT = 5_000


class Expiring(Generic[K, V]):
    """Caches at most `size` values, each for a number of seconds. Evicts the least recently used."""

    def __init__(self, *, size: int, clock: Callable[[], float]) -> None:
        self._size = size
        self._clock = clock
        self._kept: OrderedDict[K, tuple[float, V]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: K) -> V | None:
        now = self._clock()
        with self._lock:
            until, value = self._kept.get(key, (now, None))
            if until <= now:
                self._kept.pop(key, None)
                return None
            self._kept.move_to_end(key)
            return value

    def put(self, key: K, value: V, *, seconds: float) -> None:
        with self._lock:
            self._kept[key] = (self._clock() + seconds, value)
            self._kept.move_to_end(key)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()

    def forget(self, key: K) -> None:
        with self._lock:
            self._kept.pop(key, None)


class SingleFlight(Generic[K, V]):
    """Runs at most one call per key at a time. Does not cache results."""

    def __init__(self) -> None:
        self._running: dict[K, Future[V]] = {}
        self._lock = Lock()

    def is_running(self, key: K) -> bool:
        with self._lock:
            return key in self._running

    def run(self, key: K, work: Callable[[], V]) -> V:
        """Return the result of `work`, from this thread or from the one that already runs it.

        :raises Exception: the exception that `work` raises, in every waiting thread.
        """
        mine: Future[V] = Future()
        with self._lock:
            running = self._running.setdefault(key, mine)
        if running is mine:
            self._work(key, work, mine)
        return running.result()

    def _work(self, key: K, work: Callable[[], V], outcome: Future[V]) -> None:
        try:
            outcome.set_result(work())
        except Exception as error:  # noqa: BLE001 - waiting threads must receive any failure
            outcome.set_exception(error)
        finally:
            with self._lock:
                del self._running[key]


class ListFacts(Protocol):
    """Fetches the facts for displaying lists, as each catalog does."""

    def facts(self, *, user: str, project_id: str) -> Facts: ...


class RecentFacts:
    """Caches a catalog's facts per person and project for `seconds` or until a change."""

    def __init__(
        self,
        catalog: ListFacts,
        *,
        seconds: float = FACTS_KEPT_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._catalog = catalog
        self._seconds = seconds
        self._kept: Expiring[tuple[str, str], Facts] = Expiring(size=MOST_FACTS_KEPT, clock=clock)
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


class Groups(Protocol):
    """Returns a person's principals."""

    def principals(self, *, user: str) -> Principals: ...


class RecentPrincipals:
    """Caches principals per person. Threads that need the same person share one call."""

    def __init__(self, groups: Groups, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._groups = groups
        self._kept: Expiring[str, Principals] = Expiring(size=MOST_PRINCIPALS_KEPT, clock=clock)
        self._fresh: Expiring[str, Principals] = Expiring(size=MOST_PRINCIPALS_KEPT, clock=clock)
        self._asking: SingleFlight[str, Principals] = SingleFlight()

    def of(self, *, user: str) -> Principals:
        """Return a person's principals as of at most ten minutes ago.

        :raises GoogleCloudError: when nothing is cached and Google does not answer.
        """
        email = user.lower()
        return self._kept.get(email) or self._asking.run(email, partial(self._ask, email))

    def fresh(self, *, user: str) -> Principals:
        """Return the same as of at most one minute ago.

        :raises GoogleCloudError: as `of`.
        """
        email = user.lower()
        return self._fresh.get(email) or self._asking.run(email, partial(self._ask, email))

    def forget(self, *, user: str) -> None:
        """Remove the cached principals, so that the next call reads them again."""
        self._kept.forget(user.lower())
        self._fresh.forget(user.lower())

    def _ask(self, email: str) -> Principals:
        found = self._groups.principals(user=email)
        self._kept.put(email, found, seconds=PRINCIPALS_KEPT_SECONDS)
        self._fresh.put(email, found, seconds=FRESH_SECONDS)
        return found
