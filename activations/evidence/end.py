"""Checks the end of the chain with one query: for the start, the doctor and `manage.py check`."""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper

from activations.evidence.fields import TABLES
from activations.evidence.trigger_sql import EVENTS, HEAD

LAST = f"(SELECT {{}} FROM {EVENTS} ORDER BY sequence DESC LIMIT 1)"  # noqa: S608  # names of ours
# One statement sees one consistent state while others append to the chain.
QUERY = (
    f"SELECT (SELECT sequence FROM {HEAD} WHERE id = 1), (SELECT hash FROM {HEAD} WHERE id = 1),"  # noqa: S608
    f" {LAST.format('sequence')}, {LAST.format('hash')}, "
    + " OR ".join(f"EXISTS (SELECT 1 FROM {table.db_table})" for table in TABLES)  # noqa: S608
)


def broken_end(connection: BaseDatabaseWrapper) -> str:
    """Return what is wrong with the end of the chain, or ''."""
    with connection.cursor() as cursor:
        cursor.execute(QUERY)
        head, head_hash, last, last_hash, has_rows = cursor.fetchone()
    if last is None:
        if head:
            return f"there are no events, but the recorded head of the chain is {head}"
        return "there are no events, but requests" if has_rows else ""
    if head is None:
        return f"the recorded head of the chain is missing; the last event is {last}"
    if (head, head_hash) != (last, last_hash):
        return f"the last event is {last}:{last_hash}, but the recorded head is {head}:{head_hash}"
    return ""
