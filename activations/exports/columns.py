"""What a column of an export is; columns may be added with a new version, never renamed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """One named fact of a row, read as of a moment."""

    name: str
    meaning: str
    read: Callable[[Row, datetime], Any]


@dataclass(frozen=True, slots=True)
class Layout(Generic[Row]):
    """The columns of one kind of export, under a name with a version."""

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
        """The row's facts in the order of `names`."""
        return [self.schema, *(column.read(row, as_of) for column in self.columns)]
