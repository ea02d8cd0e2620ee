"""`manage.py access_policy`: checks, compares, activates and exports access policies."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from activations.management.operator import operator_of_shell
from activations.services.access_policy import import_policy
from activations.services.access_rules import current_environment
from policies.document.json_schema import schema_text
from policies.document.problems import InvalidDocument, Problem
from policies.document.reading import Reading, read
from policies.services.active import active_text
from policies.services.difference import difference
from policies.services.refusals import PolicyMoved, PolicyRefused
from policies.services.warnings import warnings_about

STANDARD_INPUT = "-"
FILE = "the document, or - for standard input"
NONE_ACTIVE = "No access policy is active"


class Command(BaseCommand):
    help = (
        "Checks an access policy, compares it with the active one, activates it, exports the active one,"
        " or prints the JSON Schema of access policies."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="subcommand", required=True)
        check = commands.add_parser(
            "check", help="print errors and warnings; end with 1 if there are errors"
        )
        check.add_argument("file", help=FILE)
        diff = commands.add_parser("diff", help="print what differs from the active policy")
        diff.add_argument("file", help=FILE)
        activate = commands.add_parser("import", help="make a document the active policy")
        activate.add_argument("file", help=FILE)
        activate.add_argument(
            "--as-deployment",
            action="store_true",
            required=True,
            help="confirm that no second person decides; the evidence records it",
        )
        activate.add_argument("--comment", default="", help="why, for the evidence")
        commands.add_parser("export", help="print the active policy")
        commands.add_parser("schema", help="print the JSON Schema")

    def handle(self, *args: Any, subcommand: str, **options: Any) -> None:
        match subcommand:
            case "schema":
                self.stdout.write(schema_text(), ending="")
            case "export":
                self._export()
            case "diff":
                self._diff(options["file"])
            case "import":
                self._import(options["file"], options["comment"])
            case _:
                self._check(options["file"])

    def _check(self, file: str) -> None:
        self._summarize(file, self._reading(file, _text(file)))

    def _diff(self, file: str) -> None:
        text = _text(file)
        self._reading(file, text)
        found = difference(active_text() or "", text, names=("active", file))
        self.stdout.write(found or "The document is the active policy.\n", ending="")

    def _import(self, file: str, comment: str) -> None:
        text = _text(file)
        reading = self._reading(file, text)
        try:
            _, is_new = import_policy(
                text=text, operator=operator_of_shell(), comment=comment, now=timezone.now()
            )
        except InvalidDocument as error:
            raise self._invalid(file, error.problems) from None
        except (PolicyMoved, PolicyRefused) as error:
            raise CommandError(str(error)) from error
        self._summarize(file, reading)
        self.stdout.write("Active from now on." if is_new else "It is active already.")

    def _export(self) -> None:
        text = active_text()
        if text is None:
            raise CommandError(NONE_ACTIVE)
        self.stdout.write(text, ending="")

    def _reading(self, file: str, text: str) -> Reading:
        try:
            return read(text)
        except InvalidDocument as error:
            raise self._invalid(file, error.problems) from None

    def _invalid(self, file: str, problems: Iterable[Problem]) -> CommandError:
        """Print all problems, and return the error to end with."""
        lines = [_line(file, problem) for problem in problems]
        for line in lines:
            self.stdout.write(line)
        return CommandError(f"{len(lines)} error{'s' if len(lines) > 1 else ''} in {file}")

    def _summarize(self, file: str, reading: Reading) -> None:
        for warning in warnings_about(reading, current_environment()):
            self.stdout.write(f"{_line(file, warning)} (warning)")
        number = len(reading.document.rules)
        rules = f"{number} rule{'' if number == 1 else 's'}"
        self.stdout.write(f"{file}: {rules}, SHA-256 {reading.sha256}")


def _text(file: str) -> str:
    """Return the content of the file.

    :raises CommandError: when it cannot be read, or is not UTF-8.
    """
    try:
        content = sys.stdin.buffer.read() if file == STANDARD_INPUT else Path(file).read_bytes()
        return content.decode()
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise CommandError(f"{file}:{line}: the document must be UTF-8") from None


def _line(file: str, problem: Problem) -> str:
    return f"{file}:{problem}"
