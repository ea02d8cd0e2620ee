"""Changes rows that triggers protect, so that tests can create old or manipulated records."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from django.db.models import Manager, QuerySet

from activations.evidence.triggers import install_triggers, remove_triggers


@contextmanager
def unprotected() -> Iterator[None]:
    """Run the body in a transaction without the triggers of the evidence."""
    with transaction.atomic():
        remove_triggers(connection)
        yield
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        install_triggers(connection)


def rewrite(rows: QuerySet[Any] | Manager[Any], **values: Any) -> int:
    """Update rows that the triggers protect; return their number."""
    with unprotected():
        return rows.update(**values)
