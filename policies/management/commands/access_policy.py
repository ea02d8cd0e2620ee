"""`manage.py access_policy`: checks documents and prints their JSON Schema."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from policies.document.json_schema import schema_text
from policies.document.problems import InvalidDocument, Problem
from policies.document.reading import Reading, read

STANDARD_INPUT = "-"


class Command(BaseCommand):
    help = "Checks an access policy, or prints the JSON Schema of access policies."

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="subcommand", required=True)
        check = commands.add_parser(
            "check", help="print errors and warnings; end with 1 if there are errors"
        )
        check.add_argument("file", help="the document, or - for standard input")
        commands.add_parser("schema", help="print the JSON Schema")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["subcommand"] == "schema":
            self.stdout.write(schema_text(), ending="")
        else:
            self._check(options["file"])

    def _check(self, file: str) -> None:
        try:
            reading = read(_text(file))
        except InvalidDocument as error:
            for problem in error.problems:
                self.stdout.write(_line(file, problem))
            number = len(error.problems)
            raise CommandError(f"{number} error{'s' if number > 1 else ''} in {file}") from None
        for warning in reading.warnings:
            self.stdout.write(f"{_line(file, warning)} (warning)")
        self.stdout.write(_summary(file, reading))


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


def _summary(file: str, reading: Reading) -> str:
    number = len(reading.document.rules)
    return f"{file}: {number} rule{'' if number == 1 else 's'}, SHA-256 {reading.sha256}"
