"""Verifies the evidence from its first event to its last: that the chain is unbroken, that it matches known
heads, and that the rows of requests, reviewers, reviews, grants and after-reviews match its events."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from activations.domain.chain import GENESIS, chain_hash, timestamp
from activations.evidence.differences import Difference
from activations.evidence.pseudonymized import Changes
from activations.evidence.row_checks import RowChecks
from activations.evidence.rows import EventRow, chunks
from activations.models import ChainHead

logger = logging.getLogger("jitaccess.audit")

HEAD = re.compile(r"([0-9]{1,18}):([0-9a-f]{64})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Head:
    """How long a chain is, and the hash of its last event."""

    sequence: int = 0
    hash: str = GENESIS

    @classmethod
    def parse(cls, text: str) -> Head:
        """Parse the text that `str()` returns for a head.

        :raises ValueError: when it is not `SEQUENCE:HASH`.
        """
        match = HEAD.fullmatch(text.strip().lower())
        if match is None:
            raise ValueError(f"{text!r} is not SEQUENCE:HASH")
        return cls(int(match[1]), match[2])

    def __str__(self) -> str:
        return f"{self.sequence}:{self.hash}"


@dataclass(frozen=True, slots=True)
class Problem:
    """The first wrong event, and what is wrong with it."""

    sequence: int
    message: str

    def __str__(self) -> str:
        return f"Event {self.sequence} {self.message}"


@dataclass(frozen=True, slots=True)
class Verification:
    """The end of the verified part of the chain, what is wrong after it, and rows that differ.

    `waiting` are rows that version 0.1.0 wrote beside this one and that are not imported yet. `pseudonymized`
    are events whose content is not the one that their hash covers, but the one that a later event recorded.
    """

    head: Head
    problem: Problem | None = None
    differences: int = 0
    waiting: int = 0
    pseudonymized: int = 0

    @property
    def holds(self) -> bool:
        return self.problem is None and not self.differences


def verify(
    *,
    anchors: Iterable[Head] = (),
    progress: Callable[[int], None] = lambda _: None,
    differs: Callable[[Difference], None] = lambda _: None,
) -> Verification:
    """Check every event, their links, the recorded head and all rows; memory does not grow with them.

    `anchors` are heads from outside this database, from :func:`log_chain_head` or the labels of audit
    entries: only they distinguish the true chain from one that was rewritten as a whole or restored from an
    older backup. `progress` gets the number of events checked so far, `differs` each row that does not match
    its events. Events may be appended meanwhile.
    """
    walk, comparison = _Walk(anchors), RowChecks(differs)
    problem = None
    try:
        _go_to_the_end(walk, comparison, progress)
    except _Broken as broken:
        problem = broken.problem
    comparison.finish(walk.head.sequence)
    return Verification(
        walk.head, problem, comparison.count, comparison.waiting, walk.pseudonymized
    )


def recorded_head() -> Head:
    """Return the head of the chain that the database has recorded."""
    found = ChainHead.objects.filter(id=1).values_list("sequence", "hash").first()
    return Head(*found) if found else Head()


def log_chain_head(now: datetime) -> Head:
    """Log the head of the chain, where somebody who changes the database cannot change it."""
    head = recorded_head()
    logger.info(
        "The evidence contains %s events, its head is %s",
        head.sequence,
        head,
        extra={"event": "evidence.head", "labels": {"head": head, "at": timestamp(now)}},
    )
    return head


class _Broken(Exception):
    """The chain is broken."""

    def __init__(self, sequence: int, message: str) -> None:
        super().__init__(message)
        self.problem = Problem(sequence, message)


def _go_to_the_end(walk: _Walk, comparison: RowChecks, progress: Callable[[int], None]) -> None:
    walk.check_anchor(walk.head)
    while True:
        # Read the recorded head before the events, so that events appended meanwhile do not contradict it.
        before, recorded = walk.head, recorded_head()
        for chunk in chunks(after=before.sequence):
            comparison.take([walk.step(row) for row in chunk])
            progress(walk.head.sequence)
        if walk.head == before:
            break
    walk.check_end(recorded)


class _Walk:
    """Walks along the chain; `head` is the last verified event."""

    def __init__(self, anchors: Iterable[Head]) -> None:
        self.head = Head()
        self.pseudonymized = 0
        self._changes = Changes()
        self._anchors: dict[int, set[str]] = {}
        for anchor in anchors:
            self._anchors.setdefault(anchor.sequence, set()).add(anchor.hash)

    def step(self, row: EventRow) -> Mapping[str, Any]:
        """Verify this event and return its content.

        :raises _Broken: when it does not continue the chain.
        """
        try:
            content, is_original = _check(row, self.head)
        except (TypeError, ValueError, AttributeError) as error:
            raise _Broken(self.head.sequence + 1, f"cannot be read: {error}") from error
        if not is_original:
            if not self._changes.explain(content, number=row.pseudonymized_by):
                text = f"was changed: its content does not match its hash {row.hash}"
                raise _Broken(row.sequence, text)
            self.pseudonymized += 1
        head = Head(row.sequence, row.hash)
        if row.sequence in self._anchors:
            self.check_anchor(head)
        self.head = head
        return content

    def check_anchor(self, head: Head) -> None:
        """:raises _Broken: when the log has another event of this number."""
        others = self._anchors.pop(head.sequence, set()) - {head.hash}
        if others:
            raise _Broken(
                head.sequence,
                f"is not the one in the log: its hash is {head.hash}, in the log it is"
                f" {min(others)}. The chain was rewritten, or a backup was restored and continued",
            )

    def check_end(self, recorded: Head) -> None:
        """:raises _Broken: when the recorded head or the log has another end than this."""
        last = max([recorded.sequence, *self._anchors])
        if last > self.head.sequence:
            source = "the log" if last in self._anchors else "the recorded head"
            raise _Broken(
                self.head.sequence + 1,
                f"is missing: the chain ends before it, but {source} names event {last}. The end was"
                " cut off, or an older backup was restored",
            )
        if recorded != self.head:
            raise _Broken(
                recorded.sequence + 1 if recorded.sequence < self.head.sequence else last,
                f"does not belong to the recorded head of the chain, which is {recorded}",
            )


def _check(row: EventRow, head: Head) -> tuple[dict[str, Any], bool]:
    """Check the link of an event; return its content, and whether its hash covers that content."""
    expected = head.sequence + 1
    if row.sequence < expected:
        raise _Broken(row.sequence, "precedes the first event, which has number 1")
    if row.sequence > expected:
        raise _Broken(expected, f"is missing; the next one is event {row.sequence}")
    if row.previous_hash != head.hash:
        raise _Broken(
            expected,
            f"does not continue the chain: the hash before it is {head.hash}, not"
            f" {row.previous_hash} as it claims",
        )
    content = row.content()
    return content, chain_hash(previous=row.previous_hash, content=content) == row.hash
