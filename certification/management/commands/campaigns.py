"""`manage.py campaigns`: send the reminders of access reviews that are due, and mark what is overdue."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from activations.reporting.job_runs import noted
from certification.jobs import CAMPAIGN_SECONDS, campaigns_once


class Command(BaseCommand):
    help = "Reminds the reviewers of access reviews before the due date, and marks access reviews that are overdue."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--seconds",
            type=float,
            default=CAMPAIGN_SECONDS,
            help=f"stop after this time ({CAMPAIGN_SECONDS:.0f})",
        )

    def handle(self, *args: Any, seconds: float, **options: Any) -> None:
        with noted("campaigns", clock=timezone.now):
            counts = campaigns_once(seconds=seconds)
        self.stdout.write(f"{counts}.")
