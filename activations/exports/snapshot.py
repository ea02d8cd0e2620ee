"""Reading many rows in constant memory, all as of one moment of the database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import connection, models, transaction

AT_ONCE = 1000
BLOCK = 64 * 1024

Record = TypeVar("Record", bound=models.Model)


class HistoryMoved(Exception):
    """The history changed between the announcement and the end of the file."""


@contextmanager
def snapshot() -> Iterator[None]:
    """Every query inside sees the same moment.

    SQLite grants it to an open cursor by itself; a transaction there would lock writers out.
    """
    if connection.vendor != "postgresql" or connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def announced(rows: models.QuerySet[Record], *, count: int) -> Iterator[Record]:
    """The rows, read by a cursor that stays in the database.

    :raises HistoryMoved: at the end, when there were not as many as announced; a download that is
        cut off is better than a file that is quietly not what was announced.
    """
    read = 0
    for row in rows.iterator(chunk_size=AT_ONCE):
        read += 1
        yield row
    if read != count:
        raise HistoryMoved(f"{count} rows were announced, {read} were there")


def blocks(lines: Iterable[str]) -> Iterator[bytes]:
    """The lines as bytes, in pieces worth sending."""
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
