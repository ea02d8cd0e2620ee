"""Calls to Google: within time budgets, repeated where that is safe, at the same time, page by page, and counted.

Reads are retried for a limited time, writes are sent once.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import Context, ContextVar, copy_context
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar, overload

from googlecloud.errors import QuotaExceeded, TimedOut, Unavailable
from googlecloud.refusals import Explanations

Json = dict[str, Any]
Build = Callable[[], Any]
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
_A = TypeVar("_A")
_B = TypeVar("_B")
_C = TypeVar("_C")

_MOST_TRIES = 7
_FIRST_PAUSE = 0.25
_LONGEST_PAUSE = 4.0
_random = random.SystemRandom()
_pool = ThreadPoolExecutor(max_workers=32, thread_name_prefix="google")


class Deadline:
    """A time budget that starts when it is created."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._ends = clock() + seconds

    def remaining(self) -> float:
        """Return the seconds left, never negative."""
        return max(0.0, self._ends - self._clock())

    @property
    def expired(self) -> bool:
        return self.remaining() <= 0

    def allows(self, pause: float) -> bool:
        """Return whether time remains after a pause of `pause` seconds."""
        return pause < self.remaining()

    def at_least(self, seconds: float) -> "Deadline":
        """Return this deadline, or a new one of `seconds` when less is left."""
        if self.remaining() >= seconds:
            return self
        return Deadline(seconds, self._clock)


def pauses(tries: int) -> Iterator[float]:
    """Yield at most `tries` pauses, doubling up to four seconds, each shortened by up to a half."""
    for number in range(tries):
        yield min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**number) * _random.uniform(0.5, 1)


class Sender(Protocol):
    """Builds a request, sends it and returns the answer; raises errors of `googlecloud.errors`."""

    def __call__(
        self, build: Build, *, explanations: Explanations, at_most: float | None
    ) -> Json: ...


class Calls:
    """Sends the calls of one API client, with its limits for time and retries."""

    def __init__(
        self,
        send: Sender,
        *,
        retry_budget: float,
        sleep: Callable[[float], None],
        clock: Callable[[], float],
    ) -> None:
        self._send = send
        self._retry_budget = retry_budget
        self._sleep = sleep
        self._clock = clock

    def read(
        self, build: Build, *, explanations: Explanations, deadline: Deadline | None = None
    ) -> Json:
        """Return the answer. Retry on quota, server and connection failures while time allows.

        :raises GoogleCloudError: the last failure, when the time for retries is used up.
        """
        budget = Deadline(self._retry_budget, self._clock)
        for pause in pauses(_MOST_TRIES - 1):
            try:
                return self._once(build, explanations, deadline)
            except (QuotaExceeded, Unavailable) as error:
                wait = max(pause, error.retry_after or 0)
                if not (budget.allows(wait) and (deadline is None or deadline.allows(wait))):
                    raise
            self._sleep(wait)
        return self._once(build, explanations, deadline)

    def write(
        self, build: Build, *, explanations: Explanations, deadline: Deadline | None = None
    ) -> Json:
        """Send the request once and return the answer.

        :raises GoogleCloudError: when the call fails.
        """
        return self._once(build, explanations, deadline)

    def _once(self, build: Build, explanations: Explanations, deadline: Deadline | None) -> Json:
        at_most = None if deadline is None else deadline.remaining()
        if at_most is not None and at_most <= 0:
            raise TimedOut.before_sending("No time was left to ask Google", reason="DEADLINE")
        return self._send(build, explanations=explanations, at_most=at_most)


@dataclass(frozen=True, slots=True)
class Page(Generic[T_co]):
    """A page of a list; `next_token` is empty on the last page. A page may be short or empty."""

    items: tuple[T_co, ...]
    next_token: str = ""


def page_of(answer: Json, field: str, read: Callable[[Json], T], *, token: str) -> Page[T]:
    """Return the page that Google answered with, for a request with this token.

    :raises Unavailable: when Google repeats the token, which would loop forever.
    """
    next_token = str(answer.get("nextPageToken") or "")
    if next_token and next_token == token:
        raise Unavailable("Google repeated a page", reason="REPEATED_PAGE_TOKEN")
    return Page(tuple(read(item) for item in answer.get(field) or []), next_token)


def pages(fetch: Callable[[str | None], Json]) -> Iterator[Json]:
    """Yield every page until there is no next token; a short or empty page is not the last one.

    :raises Unavailable: when Google repeats a token, which would loop forever.
    """
    seen: set[str | None] = {None}
    token: str | None = None
    while True:
        page = fetch(token)
        yield page
        token = page.get("nextPageToken") or None
        if token is None:
            return
        if token in seen:
            raise Unavailable("Google repeated a page", reason="REPEATED_PAGE_TOKEN")
        seen.add(token)


@overload
def gather(a: Callable[[], _A], b: Callable[[], _B], /) -> tuple[_A, _B]: ...
@overload
def gather(
    a: Callable[[], _A], b: Callable[[], _B], c: Callable[[], _C], /
) -> tuple[_A, _B, _C]: ...
@overload
def gather(*thunks: Callable[[], _A]) -> tuple[_A, ...]: ...
def gather(*thunks: Callable[[], Any]) -> tuple[Any, ...]:
    """Return the results of all `thunks` in order. After all have ended, raise the first error."""
    jobs = [(copy_context(), thunk) for thunk in thunks]
    futures = [_pool.submit(context.run, thunk) for context, thunk in jobs[1:]]
    try:
        mine = [jobs[0][1]()] if jobs else []
        theirs = [_result(future, *job) for future, job in zip(futures, jobs[1:], strict=True)]
        return tuple(mine + theirs)
    finally:
        wait([future for future in futures if not future.cancel()])


def _result(future: Future[Any], context: Context, thunk: Callable[[], Any]) -> Any:
    """Wait for the worker, or run a `thunk` that no worker has started: nested gathering cannot deadlock."""
    return context.run(thunk) if future.cancel() else future.result()


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
