"""`manage.py lint_eligibility`: find bindings that grant outright, or that make nobody eligible."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from activations.domain.text import folded, visible
from activations.iam.quotas import wait_for_asset_call
from eligibility import providers
from eligibility.index.served import served
from eligibility.lint.finding import Finding, Kind
from eligibility.lint.indexed import lint
from eligibility.lint.live import lint_live
from googlecloud.errors import GoogleCloudError

UNREADABLE = 2


class Command(BaseCommand):
    help = (
        "Lists bindings whose condition was meant to make a role eligible but does not, bindings that grant"
        " their role without activation, and eligible roles that nobody can activate or approve, each with"
        " the command that fixes it. Reads the eligibility index; without one, all policies from Cloud"
        " Asset. Changes nothing. Exits with 1 when a binding grants its role without activation, and with"
        " 2 when the index or Google could not be read."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--format", choices=["text", "json"], default="text", help="text for people (default)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        is_json = options["format"] == "json"
        counts: Counter[Kind] = Counter()
        try:
            found = _counted(self._findings(timezone.now()), counts)
            (self._write_json if is_json else self._write_text)(found)
        except (GoogleCloudError, DatabaseError) as error:
            raise CommandError(
                f"Eligibility could not be read completely: {error}", returncode=UNREADABLE
            ) from error
        if not is_json:
            self.stdout.write(_summary(counts))
        if counts[Kind.REALLY_GRANTS]:
            raise SystemExit(1)

    def _findings(self, now: datetime) -> Iterator[Finding]:
        if refresh := served(now):
            for linted in lint(refresh, now=now, reviewers=settings.REVIEWERS):
                yield from linted.findings
            return
        self.stderr.write(
            "There is no eligibility index younger than a day. Policies are read from Cloud Asset; groups"
            " and reviewers are not checked."
        )
        yield from lint_live(
            providers.cloud().policy_search,
            scope=settings.RESOURCE_SCOPE,
            now=now,
            before_page=wait_for_asset_call,
        )

    def _write_json(self, findings: Iterable[Finding]) -> None:
        """Write one finding a line; after a failure the document stays open, so that it is not taken for whole."""
        self.stdout.write('{"findings": [', ending="")
        separator = "\n"
        for finding in findings:
            self.stdout.write(separator + json.dumps(finding.as_json()), ending="")
            separator = ",\n"
        self.stdout.write("\n]}")

    def _write_text(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            self.stdout.write(f"{finding.label}: {finding.role} on {finding.node}")
            self.stdout.write(f"  {visible(folded(finding.text))}")
            if finding.members:
                self.stdout.write(f"  Members: {visible(', '.join(finding.members))}")
            if finding.command:
                self.stdout.write("  $ " + finding.command.replace("\n", "\n    "))
            self.stdout.write("")


def _counted(findings: Iterable[Finding], counts: Counter[Kind]) -> Iterator[Finding]:
    for finding in findings:
        counts[finding.kind] += 1
        yield finding


def _summary(counts: Counter[Kind]) -> str:
    total, granting = counts.total(), counts[Kind.REALLY_GRANTS]
    return (
        f"{total} finding{'' if total == 1 else 's'};"
        f" {granting} binding{'' if granting == 1 else 's'} may grant a role without activation."
    )
