"""Django's `check`, which also checks the default database unless options name one."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import check
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections


class Command(check.Command):
    def handle(self, *app_labels: Any, **options: Any) -> None:
        if not options["databases"] and not options["list_tags"]:
            options["databases"] = self._reachable()
        super().handle(*app_labels, **options)

    def _reachable(self) -> list[str]:
        """Return the default database, or nothing after a warning when it does not answer."""
        try:
            connections[DEFAULT_DB_ALIAS].ensure_connection()
        except DatabaseError as error:
            self.stderr.write(
                f"The database was not checked, because it does not answer: {str(error).strip()}"
            )
            return []
        return [DEFAULT_DB_ALIAS]
