"""How many calls to Google one piece of work has cost."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass(slots=True)
class Tally:
    """Calls and seconds, added up over all threads that work for one request."""

    calls: int = 0
    seconds: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add(self, seconds: float) -> None:
        with self._lock:
            self.calls += 1
            self.seconds += seconds


_current: ContextVar[Tally | None] = ContextVar("google_calls", default=None)


@contextmanager
def tally() -> Iterator[Tally]:
    """Count the calls that are made inside the block."""
    mine = Tally()
    token = _current.set(mine)
    try:
        yield mine
    finally:
        _current.reset(token)


def record(seconds: float) -> None:
    """Note one call, if anybody counts."""
    if (mine := _current.get()) is not None:
        mine.add(seconds)
