"""Records every call to Google: adds it to the tally of the current work, and passes it to one listener."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Call:
    """One completed call: Google's name of the method; no status when no answer could be parsed."""

    method: str
    status: int | None
    seconds: float


Listener = Callable[[Call], None]


@dataclass(slots=True)
class Tally:
    """Number of calls and their seconds, added up over all threads that work for one request."""

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
    """Count the calls made inside the block."""
    mine = Tally()
    token = _current.set(mine)
    try:
        yield mine
    finally:
        _current.reset(token)


def listen(listener: Listener | None) -> None:
    """Pass every later call of this process to `listener`, which replaces the previous one."""
    _listeners[:] = [listener] if listener else []


def record(call: Call) -> None:
    """Add one call to the current tally and pass it to the listener, where there is one."""
    if (mine := _current.get()) is not None:
        mine.add(call.seconds)
    for listener in _listeners:
        listener(call)
