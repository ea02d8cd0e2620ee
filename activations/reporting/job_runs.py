"""Records runs of scheduled jobs and their results."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime

from django.db import DatabaseError

from activations.models import JobRun

LONGEST = 500


@contextmanager
def noted(name: str, *, clock: Callable[[], datetime]) -> Iterator[None]:
    """Record start, end and failure of the block."""
    JobRun.objects.update_or_create(name=name, defaults={"last_started_at": clock()})
    try:
        yield
    except Exception as error:
        with suppress(DatabaseError):
            _ended(name, clock(), f"{type(error).__name__}: {error}")
        raise
    _ended(name, clock(), "")


def _ended(name: str, at: datetime, failure: str) -> None:
    JobRun.objects.filter(name=name).update(last_ended_at=at, failure=failure[:LONGEST])
