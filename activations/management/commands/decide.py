"""`manage.py decide`: finish the decisions about several requests that pages left."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from activations.jobs import DECIDE_SECONDS, decide_once
from activations.reporting.job_runs import noted


class Command(BaseCommand):
    help = (
        "Finishes the decisions about several requests that pages left, as the people who made them, and"
        " drops those that are older than 10 minutes."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--seconds",
            type=float,
            default=DECIDE_SECONDS,
            help=f"stop after this time ({DECIDE_SECONDS:.0f})",
        )

    def handle(self, *args: Any, seconds: float, **options: Any) -> None:
        with noted("decide", clock=timezone.now):
            counts = decide_once(seconds=seconds)
        self.stdout.write(f"{counts}.")
