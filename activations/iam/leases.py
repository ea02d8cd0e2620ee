"""Turns on one project's policy: our own writers queue here instead of fighting over the etag."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q

from activations.domain.states import CLOCK_SKEW
from activations.models import ProjectLease
from googlecloud.errors import Conflict

# A writer has 30 seconds from getting the lease; whoever died holding it is waited for this long.
HELD = timedelta(seconds=45)
LONGEST_WAIT = timedelta(seconds=50)
# A short wait is answered at once; a crowd that waits for long does not wear out the database.
SHORTEST_PAUSE = 0.02
LONGEST_PAUSE = 0.2


@dataclass(frozen=True, slots=True)
class Turn:
    """The right to write; `generation` is the number of our writes before this one."""

    project_id: str
    holder: str
    generation: int


def generation(project_id: str) -> int:
    """The number of our writes to this project so far: note it before reading the policy."""
    found = ProjectLease.objects.filter(project_id=project_id).values_list("generation", flat=True)
    return found.first() or 0


@contextmanager
def turn(
    project_id: str,
    *,
    clock: Callable[[], datetime],
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Turn]:
    """Wait for our turn, and give it back afterwards.

    :raises Conflict: when others have been writing for all the time we can wait.
    """
    held = _wait(project_id, clock=clock, sleep=sleep)
    try:
        yield held
    finally:
        ProjectLease.objects.filter(project_id=project_id, holder=held.holder).update(
            holder="", expires_at=None, generation=F("generation") + 1
        )


@contextmanager
def try_turn(name: str, *, clock: Callable[[], datetime]) -> Iterator[bool]:
    """Whether a job that should run alone may run now; does not wait.

    A run that outlives the lease is not alone any more, which costs work but harms nothing.
    """
    ProjectLease.objects.get_or_create(project_id=name)
    holder = str(uuid.uuid4())
    mine = _take(name, holder, now=clock())
    try:
        yield mine
    finally:
        ProjectLease.objects.filter(project_id=name, holder=holder).update(
            holder="", expires_at=None
        )


def _wait(
    project_id: str, *, clock: Callable[[], datetime], sleep: Callable[[float], None]
) -> Turn:
    ProjectLease.objects.get_or_create(project_id=project_id)
    holder, give_up = str(uuid.uuid4()), clock() + LONGEST_WAIT
    pause = SHORTEST_PAUSE
    while not _take(project_id, holder, now=clock()):
        if clock() >= give_up:
            raise Conflict(
                f"Too many changes to {project_id} at the same time; nothing was changed",
                status=409,
                reason="LEASE",
            )
        sleep(pause * (0.5 + random.random()))  # noqa: S311  # spreads waiters, guards nothing
        pause = min(2 * pause, LONGEST_PAUSE)
    return Turn(project_id, holder, generation(project_id))


def _take(project_id: str, holder: str, *, now: datetime) -> bool:
    """One conditional update decides who is next; looking first keeps waiters off the write lock."""
    # A clock that was far ahead took the lease for longer than anybody may have it.
    over = Q(expires_at__lte=now) | Q(expires_at__gt=now + HELD + CLOCK_SKEW)
    free = ProjectLease.objects.filter(Q(holder="") | over, project_id=project_id)
    return free.exists() and bool(free.update(holder=holder, expires_at=now + HELD))
