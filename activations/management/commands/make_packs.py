"""`manage.py make_packs`: make the evidence packs that were ordered in the admin."""

from __future__ import annotations

import logging
from argparse import ArgumentParser
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from activations.jobs import run_job
from googlecloud.errors import GoogleCloudError

logger = logging.getLogger("jitaccess.packs")


class Command(BaseCommand):
    help = (
        "Makes the evidence packs that people ordered in the admin, and deletes the bytes of packs that were"
        " offered for a day. Ends with 1 when Google does not sign; the next run tries again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--every",
            type=float,
            metavar="SECONDS",
            help="keep running, with this pause, on a machine without a scheduler",
        )

    def handle(self, *args: Any, every: float | None, **options: Any) -> None:
        if every is None:
            self._run()
            return
        stopped = Event()
        while not stopped.wait(every):
            try:
                self._run()
            except (CommandError, DatabaseError) as error:
                self.stderr.write(str(error))
                event = {"event": "job.failed", "labels": {"job": "make_packs"}}
                logger.error("make_packs failed: %s", error, extra=event)  # noqa: TRY400  # an outage is no bug

    def _run(self) -> None:
        try:
            counts = run_job("packs")
        except GoogleCloudError as error:
            raise CommandError(
                f"A pack was not signed: {error}. The next run makes it again."
            ) from error
        self.stdout.write(", ".join(f"{name}: {count}" for name, count in counts.items()))
