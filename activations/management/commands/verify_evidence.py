"""Verify the evidence: its chain, and the rows that its events record."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.utils import timezone

from activations.evidence.differences import Difference
from activations.evidence.outcomes import store_outcome
from activations.evidence.pseudonymized import CHANGED
from activations.evidence.verification import Head, Verification, verify

logger = logging.getLogger("jitaccess.evidence")

MOST_SHOWN = 100
# Beyond that, the number of differences is stored, but not each of them.
MOST_STORED = 10_000


class Command(BaseCommand):
    help = (
        "Verifies that the evidence is complete: every event, its hash, its position in the chain, the end of"
        " the chain; and that requests, reviewers, reviews, grants, after-reviews and access reviews match their events."
        " Exits with 0 when the evidence is valid, with 1 when it is not and says what is wrong, and with 2 when the database"
        " could not be read."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--expect-head",
            dest="anchors",
            action="append",
            type=Head.parse,
            default=[],
            metavar="SEQUENCE:HASH",
            help="an event from the log: the label head of evidence.head, or the labels"
            " event_sequence and event_hash of an audit entry; may be given more than once",
        )

    def handle(self, *args: Any, anchors: list[Head], **options: Any) -> None:
        kept: list[Difference] = []
        started_at = timezone.now()
        try:
            found = verify(
                anchors=anchors,
                progress=self._progress(),
                differs=lambda d: kept.append(d) if len(kept) < MOST_STORED else None,
            )
        except DatabaseError as error:
            raise CommandError(f"The evidence could not be read: {error}", returncode=2) from error
        if self.stderr.isatty():
            self.stderr.write("\r", ending="")
        for difference in kept[:MOST_SHOWN]:
            self.stderr.write(str(difference))
        self._store(found, kept, started_at)
        if not found.holds:
            text = _problems(found, min(len(kept), MOST_SHOWN))
            logger.critical("%s", text, extra={"event": "evidence.invalid"})
            raise CommandError(text)
        if found.waiting:
            self.stdout.write(
                f"{found.waiting} rows that version 0.1.0 wrote are not in the evidence yet;"
                " the next run of `manage.py reconcile` imports them"
            )
        if found.pseudonymized:
            self.stdout.write(
                f"{found.pseudonymized} events contain pseudonyms: their content matches the digest that a later"
                f" event, {CHANGED}, recorded, and not their own hash"
            )
        self.stdout.write(f"The evidence is valid: {found.head.sequence} events, head {found.head}")

    def _store(self, found: Verification, kept: list[Difference], started_at: datetime) -> None:
        try:
            store_outcome(found, kept, started_at=started_at)
        except DatabaseError as error:  # such as a user who may only read
            self.stderr.write(f"The result was not stored for exports: {error}")

    def _progress(self) -> Callable[[int], None]:
        if not self.stderr.isatty():
            return lambda _: None
        return lambda count: self.stderr.write(f"\r{count:,} events checked", ending="")


def _problems(found: Verification, shown: int) -> str:
    parts = ["The evidence is not valid."]
    if found.problem:
        parts.append(f"{found.problem}. It is valid up to {found.head}.")
    else:
        parts.append(f"The chain is valid, its head is {found.head}.")
    if found.differences:
        parts.append(f"Rows that differ from their events: {found.differences}, see above.")
        if shown < found.differences:
            parts.append(f"The first {shown} are shown.")
    return " ".join(parts)
