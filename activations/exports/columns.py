"""Defines the columns of an export; a new version may add columns, but never renames one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """One named value of a row, as of a moment."""

    name: str
    meaning: str
    read: Callable[[Row, datetime], Any]


@dataclass(frozen=True, slots=True)
class Layout(Generic[Row]):
    """The columns of one kind of export, with a name and version."""

    name: str
    version: int
    columns: tuple[Column[Row], ...]

    @property
    def schema(self) -> str:
        return f"{self.name}-{self.version}"

    @property
    def names(self) -> list[str]:
        return ["schema_version", *(column.name for column in self.columns)]

    def values(self, row: Row, as_of: datetime) -> list[Any]:
        """Return the row's values in the order of `names`."""
        return [self.schema, *(column.read(row, as_of) for column in self.columns)]
