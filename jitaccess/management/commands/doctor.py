"""`manage.py doctor`: checks the deployment and says how to fix problems."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from jitaccess.doctor.examination import examine
from jitaccess.doctor.report import as_json, as_text, is_healthy
from jitaccess.doctor.target import target
from jitaccess.doctor.trial_mail import send_trial_mail


class Command(BaseCommand):
    help = (
        "Checks identity, APIs, permissions, groups, mail, topic, database and schedulers, and"
        " says how to fix problems. Changes nothing. Exits with 1 when there is a problem."
    )
    requires_system_checks = ()  # the doctor reports what they would stop for

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print JSON for programs")
        parser.add_argument(
            "--send-test-mail", metavar="TO", help="also send a test message to this address"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        findings = examine(target(timezone.now))
        if options["send_test_mail"]:
            findings.append(send_trial_mail(options["send_test_mail"]))
        self.stdout.write(as_json(findings) if options["json"] else as_text(findings))
        if not is_healthy(findings):
            raise SystemExit(1)
