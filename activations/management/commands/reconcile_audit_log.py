"""`manage.py reconcile_audit_log`: compare the records with Google's audit log now."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from activations.google_audit.sources import Coverage
from activations.jobs import audit_once
from activations.models import AuditFinding
from activations.reporting.job_runs import noted
from googlecloud.errors import GoogleCloudError

WITHOUT_END = 24 * 3600.0


class Command(BaseCommand):
    help = (
        "Reads who changed IAM policies from Google's audit log, and compares it with the records: our writes"
        " that are missing there, writes of our account without a record, and activations that others changed."
        " Ends with 1 when Google does not answer or a view may not be read."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--seconds", type=float, default=WITHOUT_END, help="stop after this time"
        )

    def handle(self, *args: Any, seconds: float, **options: Any) -> None:
        try:
            with noted("audit", clock=timezone.now):
                counts = audit_once(seconds=seconds)
        except GoogleCloudError as error:
            raise CommandError(f"{error}. The next run continues.") from error
        self.stdout.write(str(counts) if counts else "another run is in progress")
        self._say_what_is_partial()
        if open_ := AuditFinding.objects.filter(closed_at=None).count():
            self.stdout.write(f"{open_} open findings: see Audit log in the admin.")

    def _say_what_is_partial(self) -> None:
        coverage = Coverage.read(settings.AUDIT_LOG_VIEWS)
        if not coverage.views:
            self.stdout.write(
                f"Partial: AUDIT_LOG_VIEWS is not set, so only the {len(coverage.sources)} projects on which"
                " access was granted were read, and no folder or organization."
            )
        for source in coverage.problems:
            self.stderr.write(f"Not read: {source.problem}")
        if coverage.views and coverage.problems:
            unread = GoogleCloudError("; ".join(source.problem for source in coverage.problems))
            raise CommandError("The result is partial.") from unread
