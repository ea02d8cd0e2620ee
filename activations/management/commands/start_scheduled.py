"""Start the scheduled access that is due."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from activations.iam.dependencies import current_dependencies
from activations.jobs import START_SECONDS
from activations.reconciliation.starts import start_due
from activations.reporting.job_runs import noted
from googlecloud.calls import Deadline


class Command(BaseCommand):
    help = "Starts the scheduled access that is due, once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--seconds",
            type=float,
            default=START_SECONDS,
            help=f"stop after this many seconds ({START_SECONDS:.0f})",
        )

    def handle(self, *args: Any, seconds: float, **options: Any) -> None:
        with noted("start", clock=timezone.now):
            counts = start_due(dependencies=current_dependencies(), deadline=Deadline(seconds))
        self.stdout.write("Another run is in progress." if counts is None else f"{counts}.")
