"""`manage.py remind`: send the reminders and escalations that are due."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from activations.jobs import REMIND_SECONDS, remind_once
from activations.reporting.job_runs import noted


class Command(BaseCommand):
    help = (
        "Reminds the reviewers of stages that they have not answered, and lets more people approve, at"
        " the times of the access policy's rules."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--seconds",
            type=float,
            default=REMIND_SECONDS,
            help=f"stop after this time ({REMIND_SECONDS:.0f})",
        )

    def handle(self, *args: Any, seconds: float, **options: Any) -> None:
        with noted("remind", clock=timezone.now):
            counts = remind_once(seconds=seconds)
        self.stdout.write(f"{counts}.")
