"""Runs of a refresh on the simulated cloud, and runs that are killed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from eligibility import providers
from eligibility.index.run import refresh_index
from eligibility.index.work import Sources
from eligibility.models import Refresh
from googlecloud import calls
from googlecloud.calls import Deadline
from simulator import Simulator
from tests.moments import now

SILENCE = timedelta(seconds=150)


class Clock:
    """The present, moved on by hand."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return now() + self.ahead

    def pass_by(self, span: timedelta) -> None:
        self.ahead += span


def run(
    simulated: Simulator,
    *,
    clock: Callable[[], datetime] = now,
    seconds: float = 600,
    deadline: Deadline | None = None,
    is_full: bool = False,
    query: str = "state:ACTIVE",
    throttle: Callable[[], None] = lambda: None,
    progress: Callable[[Refresh], None] = lambda _: None,
) -> Refresh | None:
    """Run a refresh with the application's clients."""
    cloud = providers.cloud()
    sources = Sources(
        cloud, cloud.directory, simulated.company.organization, query, clock, throttle
    )
    return refresh_index(
        sources=sources,
        deadline=deadline or Deadline(seconds),
        is_full=is_full,
        progress=progress,
    )


class Killed(BaseException):
    """Stands for SIGKILL: no handler of the run catches it."""


class Reaper:
    """Raises `Killed` at the n-th statement or answer from Google, and at all later ones."""

    def __init__(self, at: int) -> None:
        self.left = at

    def statement(self, execute: Any, sql: str, *rest: Any) -> Any:
        # What the database does by itself when a connection breaks.
        if not sql.startswith(("SAVEPOINT", "ROLLBACK", "RELEASE")):
            self.strike()
        return execute(sql, *rest)

    def strike(self, _: calls.Call | None = None) -> None:
        self.left -= 1
        if self.left < 0:
            raise Killed


@contextmanager
def dying(at: int) -> Iterator[Reaper]:
    """Let the process die at its n-th statement or answer from Google, if it gets so far."""
    reaper = Reaper(at)
    calls.listen(reaper.strike)
    try:
        with connection.execute_wrapper(reaper.statement):
            yield reaper
    finally:
        calls.listen(None)


def killed_run(simulated: Simulator, *, at: int, **options: Any) -> bool:
    """Run a refresh that dies at the n-th moment; return whether it did."""
    try:
        with dying(at):
            run(simulated, **options)
    except Killed:
        return True
    return False
