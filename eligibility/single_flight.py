"""One thread works out a value while the others that want the same wait for it."""

from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class SingleFlight(Generic[K, V]):
    """Runs at most one call per key at a time; nothing is remembered when it has ended."""

    def __init__(self) -> None:
        self._running: dict[K, Future[V]] = {}
        self._lock = Lock()

    def is_running(self, key: K) -> bool:
        with self._lock:
            return key in self._running

    def run(self, key: K, work: Callable[[], V]) -> V:
        """Return what `work` returns, here or in the thread that is already at it.

        :raises Exception: what `work` raises, in every thread that waits for it.
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
        except Exception as error:  # noqa: BLE001 - whoever waits must learn of any failure
            outcome.set_exception(error)
        finally:
            with self._lock:
                del self._running[key]
