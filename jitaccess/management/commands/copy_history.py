"""Copy the history from another database."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from jitaccess.database import backend_settings
from jitaccess.environment import database_config
from jitaccess.history_copy import CopyRefused, copy_history


class Command(BaseCommand):
    help = (
        "Copies the whole history from another database into the one of DATABASE_URL, which must be migrated"
        " and empty, and verifies the evidence there. Copies everything or nothing. Stop the server and its"
        " jobs before. The eligibility index is not copied: refresh_eligibility reads it again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--from",
            dest="url",
            required=True,
            metavar="URL",
            help="the database to copy from, as in DATABASE_URL: sqlite:///FILE or postgres://…",
        )

    def handle(self, *args: Any, url: str, **options: Any) -> None:
        try:
            source = backend_settings(database_config("--from", url))
            copied = copy_history(source, progress=self._say)
        except (CopyRefused, ImproperlyConfigured) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{copied.rows} rows of {copied.tables} tables were copied."
            f" The evidence is valid: {copied.head.sequence} events, head {copied.head}"
        )

    def _say(self, table: str, rows: int) -> None:
        self.stdout.write(f"{table}: {rows}")
