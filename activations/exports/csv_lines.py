"""Rows as CSV after RFC 4180, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from activations.domain.chain import canonical_json, timestamp
from activations.exports.columns import Layout, Row
from activations.exports.csv_cells import BEGINNINGS, safe_cell

# Without it, spreadsheets read UTF-8 in the local code page.
BYTE_ORDER_MARK = "\ufeff"


class _Line:
    """A file for csv.writer that returns the written line."""

    def write(self, text: str) -> str:
        return text


def csv_lines(rows: Iterable[Row], *, layout: Layout[Row], as_of: datetime) -> Iterator[str]:
    """Yield a header line and one line per row, each ended by CR LF."""
    writer = csv.writer(_Line(), quoting=csv.QUOTE_MINIMAL, lineterminator="\r\n")
    yield BYTE_ORDER_MARK + writer.writerow(layout.names)
    for row in rows:
        # Most values are text as it is, which is decided here because a call for each takes longer.
        yield writer.writerow(
            [
                value if type(value) is str and value[:1] not in BEGINNINGS else cell(value)
                for value in layout.values(row, as_of)
            ]
        )


def cell(value: Any) -> str:
    """Return a value as the text of a cell: times in UTC, lists with semicolons, '' for None."""
    if value is None or value == []:
        return ""
    if isinstance(value, datetime):
        return timestamp(value)
    return safe_cell(_text(value))


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, datetime):
        return timestamp(value)
    if isinstance(value, dict):
        return canonical_json(value)
    if isinstance(value, (list, tuple)):
        return "; ".join(_text(item) for item in value)
    return str(value)
