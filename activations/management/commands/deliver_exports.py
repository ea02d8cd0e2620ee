"""`manage.py deliver_exports`: deliver the exports of yesterday, and of days that are missing, to the bucket."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from activations.jobs import export_once
from activations.reporting.job_runs import noted
from googlecloud.errors import GoogleCloudError

WITHOUT_END = 24 * 3600.0


class Command(BaseCommand):
    help = (
        "Delivers the exports of each day to EXPORT_BUCKET: one folder a day, never overwritten. Days that are"
        " missing are delivered too. Ends with 1 when Google does not store them; the next run continues."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--seconds", type=float, default=WITHOUT_END, help="begin no file after this time"
        )

    def handle(self, *args: Any, seconds: float, **options: Any) -> None:
        try:
            with noted("export", clock=timezone.now):
                counts = export_once(seconds=seconds)
        except GoogleCloudError as error:
            raise CommandError(f"Not everything was delivered: {error}.") from error
        self.stdout.write(str(counts) if counts else "another run is in progress")
