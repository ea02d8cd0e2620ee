"""`manage.py make_packs`: make the evidence packs that were ordered in the admin."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from activations.jobs import run_job
from googlecloud.errors import GoogleCloudError


class Command(BaseCommand):
    help = (
        "Makes the evidence packs that people ordered in the admin, and deletes the bytes of packs that were"
        " offered for a day. Ends with 1 when Google does not sign; the next run tries again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """No options: every run does all that is due."""

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            counts = run_job("packs")
        except GoogleCloudError as error:
            raise CommandError(
                f"A pack was not signed: {error}. The next run makes it again."
            ) from error
        self.stdout.write(", ".join(f"{name}: {count}" for name, count in counts.items()))
