"""Defines the columns of an export; a new version may add columns, but never renames one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db.models import QuerySet

from eligibility.batches import batched

Row = TypeVar("Row")

PREPARED_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """One named value of a row, as of a moment."""

    name: str
    meaning: str
    read: Callable[[Row, datetime], Any]


@dataclass(frozen=True, slots=True)
class Layout(Generic[Row]):
    """The columns of one kind of export, with a name and version.

    `prepare` fills in what the columns read from elsewhere, for many rows at once.
    """

    name: str
    version: int
    columns: tuple[Column[Row], ...]
    prepare: Callable[[Sequence[Row], datetime], None] | None = None

    @property
    def schema(self) -> str:
        return f"{self.name}-{self.version}"

    @property
    def names(self) -> list[str]:
        return ["schema_version", *(column.name for column in self.columns)]

    def values(self, row: Row, as_of: datetime) -> list[Any]:
        """Return the row's values in the order of `names`."""
        return [self.schema, *[column.read(row, as_of) for column in self.columns]]

    def prepared(self, rows: Iterable[Row], as_of: datetime) -> Iterator[Row]:
        """Yield the rows, ready to be read; at most `PREPARED_AT_ONCE` are in memory."""
        if self.prepare is None:
            yield from rows
            return
        for block in batched(rows, PREPARED_AT_ONCE):
            self.prepare(block, as_of)
            yield from block


def unchanged(rows: Iterable[Any], _: datetime) -> Iterable[Any]:
    """Return the rows as they were read."""
    return rows


@dataclass(frozen=True, slots=True)
class Contents:
    """One way to export a list: `read` adds to its query what the columns need, `made` makes rows of what was read."""

    layout: Layout[Any]
    label: str
    read: Callable[[QuerySet[Any]], QuerySet[Any]]
    made: Callable[[Iterable[Any], datetime], Iterable[Any]] = unchanged
