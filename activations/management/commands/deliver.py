"""Deliver the mails and messages that are due."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from activations.notifications.delivery import deliver_due
from activations.reporting.job_runs import noted
from activations.reporting.metrics import log_metrics


class Command(BaseCommand):
    help = "Delivers the mails and Pub/Sub messages that are due, once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--limit", type=int, default=500, help="at most this many (500)")

    def handle(self, *args: Any, limit: int, **options: Any) -> None:
        with noted("deliver", clock=timezone.now):
            counts = deliver_due(clock=timezone.now, limit=limit)
            log_metrics(now=timezone.now())
        self.stdout.write(f"{counts}.")
