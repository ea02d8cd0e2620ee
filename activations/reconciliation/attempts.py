"""Piece by piece until time is up: one that fails is told of, and the others go on."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from activations.domain.rules import Refusal
from activations.reconciliation.counts import Counts
from eligibility.judgement import NotEligible
from googlecloud.deadline import Deadline
from googlecloud.errors import GoogleCloudError

logger = logging.getLogger("jitaccess.reconcile")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some work on a project; the name says what failed, should it fail."""

    project_id: str
    name: str
    work: Callable[[], None]
    event: str = "reconcile.failed"


def one_by_one(pieces: Iterable[Piece], *, deadline: Deadline, counts: Counts) -> None:
    """Do them all; of a project that Google keeps us from, the rest is left to the next run."""
    hopeless: set[str] = set()
    for piece in pieces:
        if deadline.expired:
            counts.left += 1
            return
        if piece.project_id in hopeless:
            continue
        if isinstance(attempt(piece, counts=counts), GoogleCloudError):
            hopeless.add(piece.project_id)


def attempt(piece: Piece, *, counts: Counts) -> Exception | None:
    """Do it. What goes wrong is logged, counted and returned; a mistake of ours has its traceback."""
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
