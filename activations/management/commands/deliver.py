"""Deliver the mails and messages that are due."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from activations.jobs import deliver_once
from activations.reporting.job_runs import noted


class Command(BaseCommand):
    help = "Delivers the mails and Pub/Sub messages that are due, once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--limit", type=int, default=500, help="at most this many (500)")

    def handle(self, *args: Any, limit: int, **options: Any) -> None:
        with noted("deliver", clock=timezone.now):
            counts = deliver_once(limit=limit)
        self.stdout.write(f"{counts}.")
