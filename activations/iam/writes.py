"""Writes to one project's policy: our own writers take turns instead of conflicting on the etag.

A lease per project is the turn; jobs that must run alone use leases as well. Every write stays within a
shared limit and a time budget.
"""

from __future__ import annotations

import logging
import random
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import Error
from django.db.models import F, Q, QuerySet

from activations.database_faults import fault_of, words_of
from activations.domain.bindings import Policy
from activations.domain.refusals import OutcomeNotStored
from activations.domain.states import CLOCK_SKEW
from activations.iam.dependencies import Dependencies
from activations.iam.line import Line
from activations.iam.quotas import wait_for_token
from activations.models import ProjectLease
from eligibility.compiled import Compiled, CompiledUpdate, instant, number, text
from googlecloud.calls import Deadline
from googlecloud.errors import Conflict
from googlecloud.policy import Modification

logger = logging.getLogger("jitaccess.leases")

# A writer has 30 seconds from getting the lease; after a crash, others wait until the lease ends.
HELD = timedelta(seconds=45)
LONGEST_WAIT = timedelta(seconds=50)
# One thread of each process looks for the lease of a project that often; the others wait behind it.
PAUSE = 0.025
_line = Line()
WRITE_BUDGET_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Turn:
    """The right to write; `generation` is the number of our earlier writes."""

    project_id: str
    holder: str
    generation: int


def generation(project_id: str) -> int:
    """Return the number of our writes to this project so far: read it before reading the policy."""
    ((found,),) = _GENERATION.rows(project=project_id) or [(0,)]
    return found


def _lease() -> QuerySet[ProjectLease]:
    return ProjectLease.objects.filter(project_id=text("project"))


_GENERATION = Compiled(lambda: _lease().values_list("generation"))
_RELEASE = CompiledUpdate(
    lambda: _lease().filter(holder=text("holder")),
    holder="",
    expires_at=None,
    generation=F("generation") + number("writes"),
)


@contextmanager
def turn(
    project_id: str,
    *,
    clock: Callable[[], datetime],
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Turn]:
    """Wait for the lease, and release it afterwards.

    :raises Conflict: when other writers held it for as long as we can wait.
    """
    held = _wait(project_id, clock=clock, sleep=sleep)
    try:
        yield held
    finally:
        _release(project_id, held.holder, is_writer=True)


@contextmanager
def try_turn(name: str, *, clock: Callable[[], datetime]) -> Iterator[bool]:
    """Yield whether a job that must run alone may run now; does not wait.

    A run that outlasts the lease may overlap with another, which repeats work but causes no harm.
    """
    ProjectLease.objects.get_or_create(project_id=name)
    holder = str(uuid.uuid4())
    mine = _take(name, holder, now=clock())
    try:
        yield mine
    finally:
        _release(name, holder, is_writer=False)


def _release(name: str, holder: str, *, is_writer: bool) -> None:
    """Release the lease. A database that fails must not hide how the work ended: the lease then expires."""
    try:
        _RELEASE.run(project=name, holder=holder, writes=int(is_writer))
    except Error as error:
        if fault_of(error) is None:
            raise
        logger.warning("%s stays reserved until its lease expires: %s", name, words_of(error))


@contextmanager
def storing(outcome: str, *, request_id: uuid.UUID) -> Iterator[None]:
    """Store an outcome of Google: `outcome` says which, as the first words of a sentence.

    :raises OutcomeNotStored: when the database fails. The record stays open, so the reconciler completes it.
    """
    try:
        yield
    except Error as error:
        if (fault := fault_of(error)) is None:
            raise
        raise OutcomeNotStored(
            f"{outcome}, but the result is not stored. {fault.value}."
            " JIT Access records the result when the database works again",
            request_id=request_id,
        ) from error


def _wait(
    project_id: str, *, clock: Callable[[], datetime], sleep: Callable[[float], None]
) -> Turn:
    holder, give_up = str(uuid.uuid4()), clock() + LONGEST_WAIT
    with _line.first(project_id, patience=LONGEST_WAIT.total_seconds()) as is_first:
        if not (is_first and _take_at_once(project_id, holder, now=clock())):
            ProjectLease.objects.get_or_create(project_id=project_id)
            while not _take(project_id, holder, now=clock()):
                if clock() >= give_up:
                    raise _too_busy(project_id)
                sleep(PAUSE * (0.5 + random.random()))  # noqa: S311  # spreads waiters, guards nothing
    return Turn(project_id, holder, generation(project_id))


def _too_busy(project_id: str) -> Conflict:
    return Conflict(
        f"Too many changes to {project_id} at the same time; nothing was changed",
        status=409,
        reason="LEASE",
    )


def _take_at_once(project_id: str, holder: str, *, now: datetime) -> bool:
    """Take a lease that nobody holds, as usual."""
    return bool(_TAKE.run(project=project_id, holder=holder, until=now + HELD, **_times(now)))


def _take(project_id: str, holder: str, *, now: datetime) -> bool:
    """Take the lease by one conditional update; a read before it avoids the write lock while waiting."""
    is_free = bool(_IS_FREE.rows(project=project_id, **_times(now)))
    return is_free and _take_at_once(project_id, holder, now=now)


def _times(now: datetime) -> dict[str, datetime]:
    # A lease that ends later than any lease can was taken by a process whose clock was ahead: ignore it.
    return {"now": now, "latest": now + HELD + CLOCK_SKEW}


def _free() -> QuerySet[ProjectLease]:
    over = Q(expires_at__lte=instant("now")) | Q(expires_at__gt=instant("latest"))
    return _lease().filter(Q(holder="") | over)


_IS_FREE = Compiled(_free)
_TAKE = CompiledUpdate(_free, holder=text("holder"), expires_at=instant("until"))


def write_policy(
    project_id: str,
    *,
    change: Callable[[Policy], Policy],
    reason: str,
    policy: Policy | None,
    dependencies: Dependencies,
) -> Modification:
    """Apply a change while holding the project's lease; a fresh `policy` saves a read.

    :raises googlecloud.errors.GoogleCloudError: when Google refuses or fails, or conflicts persist.
    """
    deadline = Deadline(WRITE_BUDGET_SECONDS)
    wait_for_token(
        f"write:{project_id}",
        rate_per_minute=settings.POLICY_WRITES_PER_MINUTE,
        clock=dependencies.clock,
        sleep=dependencies.sleep,
        patience=deadline.remaining() / 2,
    )
    return dependencies.cloud.resource_manager.modify_policy(
        project_id=project_id, change=change, reason=reason, policy=policy, deadline=deadline
    )
