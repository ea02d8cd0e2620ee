"""Lets the threads of this process wait for a lease one after the other, in the order in which they came."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock


class Line:
    """One line for each name. Only the first of a line looks for the lease, so each may look often."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: dict[str, deque[Event]] = {}

    @contextmanager
    def first(self, name: str, *, patience: float) -> Iterator[bool]:
        """Wait at most `patience` seconds; yield whether we are first. The next is, when the block ends."""
        mine = Event()
        with self._lock:
            line = self._waiting.setdefault(name, deque())
            line.append(mine)
            line[0].set()
        try:
            yield mine.wait(patience)
        finally:
            self._leave(name, line, mine)

    def length(self, name: str) -> int:
        """Return how many threads are in a line."""
        with self._lock:
            return len(self._waiting.get(name, ()))

    def _leave(self, name: str, line: deque[Event], mine: Event) -> None:
        with self._lock:
            line.remove(mine)
            if line:
                line[0].set()
            else:
                del self._waiting[name]
