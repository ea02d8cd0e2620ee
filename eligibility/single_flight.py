"""Lets one thread compute a value while other threads wait for the same value."""

from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


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
