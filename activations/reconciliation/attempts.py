"""Runs pieces of work until the deadline. A failure is logged and does not stop the others."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from activations.domain.rules import Refusal
from activations.reconciliation.counts import Counts
from eligibility.judgement import NotEligible
from googlecloud.calls import Deadline
from googlecloud.errors import GoogleCloudError

logger = logging.getLogger("jitaccess.reconcile")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some work on a project. The name is logged when it fails."""

    project_id: str
    name: str
    work: Callable[[], None]
    event: str = "reconcile.failed"


def one_by_one(pieces: Iterable[Piece], *, deadline: Deadline, counts: Counts) -> None:
    """Run the pieces in order. After an error of Google, skip the other pieces of the same project."""
    failed_projects: set[str] = set()
    for piece in pieces:
        if deadline.expired:
            counts.left += 1
            return
        if piece.project_id in failed_projects:
            continue
        if isinstance(attempt(piece, counts=counts), GoogleCloudError):
            failed_projects.add(piece.project_id)


def attempt(piece: Piece, *, counts: Counts) -> Exception | None:
    """Run one piece. Log, count and return its error; unexpected errors are logged with a traceback."""
    failure: Exception
    try:
        piece.work()
    except (GoogleCloudError, NotEligible, Refusal) as error:
        logger.warning("%s failed: %s", piece.name, error, extra={"event": piece.event})
        failure = error
    except Exception as error:
        logger.exception("%s failed", piece.name, extra={"event": piece.event})
        failure = error
    else:
        return None
    counts.troubled += 1
    return failure
