"""Check the chain of the evidence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from activations.evidence.verification import Head, verify


class Command(BaseCommand):
    help = (
        "Checks that the evidence is whole: every event, its hash, its place in the chain, and the"
        " end of the chain. Ends with 1 and names the first event that is wrong, if there is one."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--expect-head",
            dest="anchors",
            action="append",
            type=Head.parse,
            default=[],
            metavar="SEQUENCE:HASH",
            help="a head that the log kept (event evidence.head); may be given more than once",
        )

    def handle(self, *args: Any, anchors: list[Head], **options: Any) -> None:
        found = verify(anchors=anchors, progress=self._progress())
        if self.stderr.isatty():
            self.stderr.write("\r", ending="")
        if found.problem:
            raise CommandError(
                f"The evidence does not hold. {found.problem}. It holds up to {found.head}."
            )
        self.stdout.write(f"The evidence holds: {found.head.sequence} events, head {found.head}")

    def _progress(self) -> Callable[[int], None]:
        if not self.stderr.isatty():
            return lambda _: None
        return lambda count: self.stderr.write(f"\r{count:,} events checked", ending="")
