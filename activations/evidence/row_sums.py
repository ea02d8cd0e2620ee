"""SHA-256 of the rows of a table that change, before and after, for the record of the change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from activations.domain.chain import canonical_json
from activations.evidence import stored
from activations.evidence.fields import TABLES, Kind, Table
from activations.evidence.recording import encode


def add_lines(sums: Any, table: Table | None, keys: list[Any]) -> None:
    """Add these rows to a hash, one on a line, in the order of their keys; nothing for a table that is no evidence."""
    if table is None:
        return
    for key, values in sorted(_rows(table, keys), key=lambda row: row[0]):
        sums.update(f"{key} {canonical_json(values)}\n".encode())


def _rows(table: Table, keys: list[Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    if table in TABLES:
        for row in stored.by_key(table, [str(key) for key in keys], table.recorded):
            yield row.pk, row.values
        return
    for found in table.model._base_manager.filter(pk__in=keys):  # noqa: SLF001  # documented by Django
        values = {name: encode(table, name, _value(table, found, name)) for name in table.recorded}
        yield str(found.pk), values


def _value(table: Table, row: Any, name: str) -> object:
    return getattr(row, table.fields[name].attname if table.kinds[name] is Kind.ID else name)
