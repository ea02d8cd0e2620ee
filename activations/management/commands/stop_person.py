"""`manage.py stop_person`: stop a person from a shell, or lift the stop."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from activations.domain.refusals import Moved
from activations.domain.rules import Refusal
from activations.iam.dependencies import current_dependencies
from activations.management.operator import operator_of_shell
from activations.services.resume_person import resume_person_as_operator
from activations.services.stop_person import StopReport, stop_person_as_operator
from googlecloud.calls import Deadline

WITHOUT_END = 24 * 3600.0


class Command(BaseCommand):
    help = (
        "Blocks a person, withdraws their requests and ends their access. Run it again to continue an"
        " interrupted stop. Exits with 1 when something has not ended yet; the reconciler retries it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="the person's address; need not have been seen before")
        parser.add_argument("--reason", required=True, help="the reason, which the person sees")
        parser.add_argument(
            "--undo", action="store_true", help="lift the stop; what was ended stays ended"
        )

    def handle(self, *args: Any, email: str, reason: str, undo: bool, **options: Any) -> None:
        operator = operator_of_shell()
        try:
            if undo:
                resume_person_as_operator(
                    email=email, reason=reason, operator=operator, now=timezone.now()
                )
                self.stdout.write(f"{email} may use JIT Access again.")
                return
            report = stop_person_as_operator(
                email=email,
                reason=reason,
                operator=operator,
                dependencies=current_dependencies(),
                deadline=Deadline(WITHOUT_END),
            )
        except (Refusal, Moved) as error:
            raise CommandError(str(error)) from error
        self._tell(report)

    def _tell(self, report: StopReport) -> None:
        was = "is" if report.is_new else "was already"
        self.stdout.write(f"{report.stop.email} {was} stopped.")
        for result in report.results:
            details = f" ({result.details})" if result.details else ""
            self.stdout.write(f"{result.what}: {result.word}{details}")
        if not report.is_complete:
            raise CommandError("Not everything has ended yet; the reconciler retries it")
