"""Replace a person's names by pseudonyms in all records."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.utils import timezone

from activations.domain.rules import Refusal
from activations.evidence.pseudonymizing import NotPseudonymized
from activations.management.operator import operator_of_shell
from activations.services.pseudonymize import Preview, preview, pseudonymize
from certification.services.named import campaigns_that_need


class Command(BaseCommand):
    help = (
        "Replaces a person's addresses and the stable ID of their account by pseudonyms, in all records and in the"
        " evidence, which stays verifiable. Without --yes it changes nothing and says what it would change. Must"
        " run as the owner of the tables, and blocks the application meanwhile. It cannot be undone."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="an address that the person has or had")
        parser.add_argument("--yes", action="store_true", help="replace the names")
        parser.add_argument(
            "--comment", default="", help="why, for the evidence; without the person's name"
        )

    def handle(self, *args: Any, email: str, yes: bool, comment: str, **options: Any) -> None:
        try:
            found = preview(email=email, now=timezone.now(), others=campaigns_that_need)
            if found.is_empty:
                self.stdout.write(f"Nothing in the database names {email}.")
                return
            self._tell(found)
            if found.obstacles:
                raise CommandError("\n".join(["Not possible now:", *found.obstacles]))
            if not yes:
                self.stdout.write(
                    "Nothing was changed. Run it again with --yes to replace the names."
                )
                return
            self._replace(found, comment)
        except (Refusal, NotPseudonymized) as error:
            raise CommandError(str(error)) from error
        except DatabaseError as error:
            raise CommandError(f"Nothing was changed: {error}", returncode=2) from error

    def _replace(self, found: Preview, comment: str) -> None:
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                # Do not let the application wait behind this command for a long transaction of others.
                cursor.execute("SET lock_timeout = '10s'")
        event = pseudonymize(
            found=found,
            comment=comment,
            operator=operator_of_shell(),
            now=timezone.now(),
            others=campaigns_that_need,
        )
        self.stdout.write(f"The names were replaced. Event {event.sequence}:{event.hash}")

    def _tell(self, found: Preview) -> None:
        for name, pseudonym in found.pseudonyms.of_names.items():
            self.stdout.write(f"{name} → {pseudonym}")
        for table, count in sorted(found.plan.counts.items()):
            self.stdout.write(f"{table}: {count} rows")
        self.stdout.write("What remains:")
        for remains in found.remains:
            self.stdout.write(f"* {remains}")
