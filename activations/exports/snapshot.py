"""Reads many rows in constant memory, all from one consistent state of the database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import connection, models, transaction

AT_ONCE = 1000
BLOCK = 64 * 1024

Record = TypeVar("Record", bound=models.Model)


class HistoryMoved(Exception):
    """The history changed between the announcement and the end of the export."""


@contextmanager
def snapshot() -> Iterator[None]:
    """Let every query inside see the same state of the database.

    An open cursor on SQLite does so without a transaction, which would block writers.
    """
    if connection.vendor != "postgresql" or connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def announced(rows: models.QuerySet[Record], *, count: int) -> Iterator[Record]:
    """Yield the rows through a server-side cursor.

    :raises HistoryMoved: at the end, when the number differs from the announced one; a download that
        breaks off is better than a file that silently differs from what was announced.
    """
    read = 0
    for row in rows.iterator(chunk_size=AT_ONCE):
        read += 1
        yield row
    if read != count:
        raise HistoryMoved(f"{count} rows were announced, but {read} were read")


def blocks(lines: Iterable[str]) -> Iterator[bytes]:
    """Yield the lines as bytes, in blocks large enough to send."""
    waiting: list[str] = []
    size = 0
    for line in lines:
        waiting.append(line)
        size += len(line)
        if size >= BLOCK:
            yield "".join(waiting).encode()
            waiting, size = [], 0
    if waiting:
        yield "".join(waiting).encode()
