"""Every call to Google is told here: counted for the work that needs it, and to one listener."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Call:
    """One call that is over: Google's name of the method; no status when no answer was understood."""

    method: str
    status: int | None
    seconds: float


Listener = Callable[[Call], None]


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


_listeners: list[Listener] = []
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


def listen(listener: Listener | None) -> None:
    """Tell this one of every call of this process from now on, in place of the one before."""
    _listeners[:] = [listener] if listener else []


def record(call: Call) -> None:
    """Note one call, if anybody counts or listens."""
    if (mine := _current.get()) is not None:
        mine.add(call.seconds)
    for listener in _listeners:
        listener(call)
