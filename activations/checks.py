"""System checks on the evidence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error
from django.db import connections

from activations.evidence.triggers import TABLE, installed_triggers, wanted_triggers


def check_triggers(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """The database refuses to change evidence, or the start says what is missing."""
    problems: list[CheckMessage] = []
    for alias in databases or []:
        connection = connections[alias]
        if TABLE not in connection.introspection.table_names():
            continue
        missing = set(wanted_triggers(connection)) - installed_triggers(connection)
        if missing:
            problems.append(
                Error(
                    f"The evidence is not protected: triggers missing: {', '.join(sorted(missing))}.",
                    hint="Run `manage.py migrate`, which puts them back.",
                    id="activations.E001",
                )
            )
    return problems
