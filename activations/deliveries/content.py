"""The files of a day, and the hash, size and number of rows of what was sent."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from activations.domain.periods import Days
from activations.exports.formats import FORMATS, Format
from activations.exports.snapshot import blocks
from activations.packs.files import Counted
from activations.packs.tables import Table, tables_of
from activations.packs.wanted import Wanted


@dataclass(slots=True)
class Measured:
    """Passes content on, and measures it; complete after the last block."""

    blocks: Iterable[bytes]
    count: Callable[[], int]
    size: int = 0
    _digest: Any = field(default_factory=hashlib.sha256)

    def __iter__(self) -> Iterator[bytes]:
        for block in self.blocks:
            self._digest.update(block)
            self.size += len(block)
            yield block

    @property
    def sha256(self) -> str:
        return str(self._digest.hexdigest())


@dataclass(frozen=True, slots=True)
class DayFile:
    """One table of the day in one format."""

    table: Table
    form: Format
    as_of: datetime

    @property
    def name(self) -> str:
        return f"{self.table.layout.name}.{self.form.name}"

    def content(self) -> Measured:
        """Return the content, which is read from the database as it is sent."""
        rows = Counted(self.table.rows())
        prepared = self.table.layout.prepared(rows, self.as_of)
        lines = self.form.lines(prepared, layout=self.table.layout, as_of=self.as_of)
        return Measured(blocks(lines), lambda: rows.count)

    def measured(self, content: Iterable[bytes]) -> Measured:
        """Measure content that was stored before, and count its rows."""
        lines = StoredLines(self.form.name)
        return Measured(lines.passing(content), lambda: lines.rows)


class StoredLines:
    """Counts the rows of stored content; a cell of CSV may contain line breaks, inside of quotation marks."""

    def __init__(self, form: str) -> None:
        self._is_csv = form == "csv"
        self._quoted = False
        self._lines = 0

    @property
    def rows(self) -> int:
        return max(0, self._lines - 1) if self._is_csv else self._lines

    def passing(self, content: Iterable[bytes]) -> Iterator[bytes]:
        for block in content:
            if self._is_csv:
                self._count_csv(block)
            else:
                self._lines += block.count(b"\n")
            yield block

    def _count_csv(self, block: bytes) -> None:
        # A quotation mark inside a cell is doubled, so that each pair leaves the state as it was.
        for number, part in enumerate(block.split(b'"')):
            if number:
                self._quoted = not self._quoted
            if not self._quoted:
                self._lines += part.count(b"\n")


def files_of(day: date, *, as_of: datetime) -> list[DayFile]:
    """Return the files of a day: each table in each format."""
    found = tables_of(Wanted(Days(day, day)), as_of=as_of)
    return [DayFile(table, form, as_of) for table in found.tables for form in FORMATS.values()]
