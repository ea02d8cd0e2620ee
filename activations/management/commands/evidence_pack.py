"""`manage.py evidence_pack`: everything that an auditor needs about a period, in one file that verifies itself."""

from __future__ import annotations

import hashlib
from argparse import ArgumentParser
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from activations.domain.periods import Days
from activations.domain.rules import Refusal, check_project
from activations.evidence.recording import recording
from activations.management.operator import operator_of_shell
from activations.packs.making import Made, Order, make_pack
from activations.packs.recording import log_made, record_made
from activations.packs.signing import sign_as_ourselves
from activations.packs.wanted import Wanted
from eligibility import providers
from googlecloud.errors import GoogleCloudError

READ_AT_ONCE = 1 << 20


class Command(BaseCommand):
    help = (
        "Writes an evidence pack: requests, grants, accesses, events, access policies, eligibility and"
        " access reviews of a period, with a signed manifest and a program that verifies it. Records it as an event. Ends with 1"
        " when Google does not answer; without the permission to sign, the pack is made and says that it is not signed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--from", dest="first", type=date.fromisoformat, required=True)
        parser.add_argument(
            "--to", dest="last", type=date.fromisoformat, required=True, help="the last day"
        )
        parser.add_argument("--project", default="", help="only this project")
        parser.add_argument("--output", type=Path, required=True, metavar="FILE.zip")
        parser.add_argument(
            "--unsigned", action="store_true", help="do not sign, for example without Google Cloud"
        )

    def handle(self, *args: Any, output: Path, unsigned: bool, **options: Any) -> None:
        order = _order(options["first"], options["last"], options["project"])
        if output.exists():
            raise CommandError(f"{output} exists. Name a new file.")
        partial = output.with_name(f"{output.name}.part")
        try:
            made = self._write(order, partial, unsigned=unsigned)
            self._record(order, made, partial)
            partial.rename(output)
        except GoogleCloudError as error:
            raise CommandError(
                f"The pack was not signed, so no file was written: {error}. Run the command again,"
                " or with --unsigned."
            ) from error
        except OSError as error:
            raise CommandError(f"{output} could not be written: {error}") from error
        finally:
            with suppress(OSError):
                partial.unlink(missing_ok=True)
        self.stdout.write(_result(output, made))

    def _write(self, order: Order, partial: Path, *, unsigned: bool) -> Made:
        with partial.open("wb") as target:
            return make_pack(
                order,
                target=target,
                sign=None if unsigned else sign_as_ourselves(providers.cloud()),
                clock=timezone.now,
                progress=self._progress,
            )

    def _record(self, order: Order, made: Made, partial: Path) -> None:
        digest = hashlib.sha256()
        with partial.open("rb") as file:
            while block := file.read(READ_AT_ONCE):
                digest.update(block)
        with recording():
            event = record_made(
                order,
                made,
                sha256=digest.hexdigest(),
                actor=operator_of_shell(),
                at=timezone.now(),
            )
        log_made(order, made, event)

    def _progress(self, words: str) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r\x1b[K{words}", style_func=str, ending="")
            self.stderr.flush()


def _order(first: date, last: date, project: str) -> Order:
    if last < first:
        raise CommandError("The last day is before the first.")
    try:
        project_id = str(check_project(project)) if project else ""
    except Refusal as error:
        raise CommandError(str(error)) from error
    wanted = Wanted(Days(first, last), project_id)
    return Order(uuid4(), wanted, operator_of_shell().email)


def _result(output: Path, made: Made) -> str:
    if made.fingerprint:
        signed = f"Signed with the key of fingerprint {made.fingerprint}."
    else:
        signed = f"NOT SIGNED: {made.unsigned_because}"
    return f"{output}\n{sum(made.rows.values())} rows.\n{signed}"
