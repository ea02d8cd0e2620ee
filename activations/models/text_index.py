"""Indexes for the search of words in justifications and comments, where PostgreSQL has the extension pg_trgm."""

from __future__ import annotations

from typing import Any

from django.db import ProgrammingError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

# The expressions are those of Django's `icontains` and `startswith`. The latter needs an index of its own
# kind in most databases, because only the collation C sorts the texts with the same beginning together.
# Without `fastupdate`, no writer has to put in order what others have left.
_KIND = "USING gin (UPPER({}) gin_trgm_ops, project_id gin_trgm_ops) WITH (fastupdate = off)"
INDEXES = {
    "request_words": f"activations_request {_KIND.format('justification')}",
    "event_words": f"activations_event {_KIND.format('comment')}",
}
TABLES = {"activations_request", "activations_event"}
EXTENSION = "SELECT installed_version FROM pg_available_extensions WHERE name = 'pg_trgm'"
VALID = (
    "SELECT relname FROM pg_class JOIN pg_index ON indexrelid = oid"
    " WHERE relname = ANY(%s) AND indisvalid AND pg_table_is_visible(oid)"
)


def build_text_indexes(connection: BaseDatabaseWrapper) -> str:
    """Build the indexes that are missing, beside writers. Return why that is not possible; '' when they are there.

    Without them the same rows are found, by reading all of them.
    """
    if connection.vendor != "postgresql":
        return ""
    with connection.cursor() as cursor:
        cursor.execute(VALID, [list(INDEXES)])
        there = {name for (name,) in cursor.fetchall()}
        missing = {name: text for name, text in INDEXES.items() if name not in there}
        if missing and TABLES - set(connection.introspection.table_names(cursor)):
            return ""  # `migrate` went back to before the first version
        problem = _install_extension(cursor, connection) if missing else ""
        if not problem:
            for name, text in missing.items():
                _build(cursor, connection, name, text)
    return problem


def _install_extension(cursor: CursorWrapper, connection: BaseDatabaseWrapper) -> str:
    cursor.execute(EXTENSION)
    found: tuple[Any, ...] | None = cursor.fetchone()
    if found is None:
        return "the server does not offer the extension pg_trgm"
    if found[0] is None:
        try:
            with transaction.atomic(using=connection.alias):
                cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        except ProgrammingError as error:
            return f"the extension pg_trgm is not installed: {error}".strip()
    return ""


def _build(cursor: CursorWrapper, connection: BaseDatabaseWrapper, name: str, text: str) -> None:
    if connection.in_atomic_block:
        cursor.execute(f"CREATE INDEX {name} ON {text}")
        return
    # What an interrupted build leaves is not valid, and is in the way.
    cursor.execute(f"DROP INDEX IF EXISTS {name}")
    cursor.execute(f"CREATE INDEX CONCURRENTLY {name} ON {text}")
