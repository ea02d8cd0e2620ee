"""One run of a refresh: continues where the last one stopped, page by page, until all is read or time is up."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction

from eligibility.index import turn
from eligibility.index.phases import (
    available,
    clean_up,
    group_members,
    policies,
    projects,
    role_titles,
    verification,
)
from eligibility.index.position import BEGIN, RESTART, Done, Write, token_of
from eligibility.index.reading import text
from eligibility.index.work import Sources, Work
from eligibility.models import Refresh
from googlecloud import calls
from googlecloud.calls import Deadline
from googlecloud.errors import Invalid

LONGEST_LOGGED = 500  # characters of Google's words

logger = logging.getLogger("jitaccess.eligibility")

MOST_RESTARTS = 3


@dataclass(frozen=True, slots=True)
class Phase:
    """`step` reads and returns what writes; `undo` deletes a batch of what the phase stored."""

    step: Callable[[Work, str], Write]
    undo: Callable[[Refresh], bool] | None = None
    counts: tuple[str, ...] = ()


PHASES = {
    Refresh.Phase.PROJECTS: Phase(projects.step, projects.undo, ("projects",)),
    Refresh.Phase.POLICIES: Phase(policies.step, policies.undo, ("policies", "bindings")),
    Refresh.Phase.VERIFICATION: Phase(verification.step),
    Refresh.Phase.AVAILABLE: Phase(available.step, available.undo),
    Refresh.Phase.GROUPS: Phase(group_members.step),
    Refresh.Phase.ROLES: Phase(role_titles.step),
    Refresh.Phase.CLEAN_UP: Phase(clean_up.step),
}


def refresh_index(
    *,
    sources: Sources,
    deadline: Deadline,
    is_full: bool = False,
    progress: Callable[[Refresh], None] = lambda _: None,
) -> Refresh | None:
    """Continue the refresh that was interrupted, or begin one; None when another run is in progress.

    Return its row: COMPLETE, or RUNNING when the deadline came first; the next run continues. With
    `is_full`, all groups are read again, not only those that were read long ago.

    :raises GoogleCloudError: when Google does not answer; the next run continues.
    """
    refresh = turn.take(is_full=is_full, now=sources.clock())
    if refresh is None:
        return None
    work = Work(refresh, sources)
    try:
        while refresh.status == Refresh.Status.RUNNING and not deadline.expired:
            _advance(work)
            progress(refresh)
        turn.release(refresh)
    except turn.LostTurn:
        logger.warning("Another run has taken over", extra={"event": "refresh.stopped"})
        return None
    except (Exception, KeyboardInterrupt) as error:
        turn.fail(refresh, error, now=sources.clock())
        logger.error(  # noqa: TRY400  # the caller gets the error itself
            "The eligibility index was not refreshed, in phase %s: %s",
            refresh.phase,
            text(str(error), LONGEST_LOGGED) or type(error).__name__,
            extra={"event": "refresh.failed"},
        )
        raise
    _log(refresh)
    return refresh


def _advance(work: Work) -> None:
    """Read a page, and store it together with the place where the next one begins."""
    refresh = work.refresh
    position = refresh.page_token
    with calls.tally() as tally:
        write = _read(work, position)
    with transaction.atomic():
        turn.hold(refresh, now=work.sources.clock())
        done = write()
        if done.next is None and turn.is_last_phase(refresh):
            turn.complete(refresh, now=work.sources.clock())
        else:
            turn.move(refresh, done, calls=tally.calls)
    holder = refresh.holder
    refresh.refresh_from_db()
    refresh.holder = holder


def _read(work: Work, position: str) -> Write:
    phase = PHASES[Refresh.Phase(work.refresh.phase)]
    if position == RESTART and phase.undo:
        undo = phase.undo
        return lambda: Done(RESTART if undo(work.refresh) else BEGIN)
    try:
        return phase.step(work, position)
    except Invalid as error:
        if not phase.undo or not token_of(position) or work.restarts >= MOST_RESTARTS:
            raise
        work.restarts += 1
        logger.warning(
            "Reading %s begins again: %s",
            work.refresh.get_phase_display(),
            error,
            extra={"event": "refresh.restarted"},
        )
    return lambda: Done(RESTART, {name: -getattr(work.refresh, name) for name in phase.counts})


def _log(refresh: Refresh) -> None:
    if refresh.status == Refresh.Status.COMPLETE:
        logger.info(
            "The eligibility index was refreshed (%s)",
            summary(refresh),
            extra={"event": "refresh.done"},
        )
        return
    logger.info(
        "The next run continues with %s (%s)",
        refresh.get_phase_display(),
        summary(refresh),
        extra={"event": "refresh.stopped"},
    )


def summary(refresh: Refresh) -> str:
    """Return the counts in words."""
    counts = {
        "projects": refresh.projects,
        "policies": refresh.policies,
        "bindings": refresh.bindings,
        "groups": refresh.groups,
        "titles read": refresh.roles,
        "calls": refresh.calls,
        "warnings": len(refresh.warnings),
    }
    return ", ".join(f"{name}: {count:,}" for name, count in counts.items())
