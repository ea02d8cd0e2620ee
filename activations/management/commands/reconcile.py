"""`manage.py reconcile`: reconcile the database with IAM now."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from activations.domain.rules import Refusal
from activations.iam.dependencies import current_dependencies
from activations.reconciliation.counts import Counts
from activations.reconciliation.run import reconcile
from activations.reporting.job_runs import noted
from googlecloud.calls import Deadline

WITHOUT_END = 24 * 3600.0


class Command(BaseCommand):
    help = (
        "Completes or fails activations that a crash interrupted, closes expired grants, removes their"
        " bindings, records changes made by hand, and adopts activations without a record."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("projects", nargs="*", help="only these projects; all if none is named")
        parser.add_argument(
            "--seconds", type=float, default=WITHOUT_END, help="stop after this time"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            counts = self._reconcile(options["projects"], options["seconds"])
        except Refusal as error:
            raise CommandError(str(error)) from error
        if self.stdout.isatty():
            self.stdout.write("")
        self.stdout.write(str(counts) if counts else "another run is in progress")

    def _reconcile(self, projects: list[str], seconds: float) -> Counts | None:
        with noted("reconcile", clock=timezone.now):
            return reconcile(
                dependencies=current_dependencies(),
                scope=settings.RESOURCE_SCOPE,
                deadline=Deadline(seconds),
                projects=projects or None,
                progress=self._progress,
            )

    def _progress(self, project_id: str) -> None:
        if self.stdout.isatty():
            self.stdout.write(f"\r\x1b[K{project_id}", ending="")
            self.stdout.flush()
