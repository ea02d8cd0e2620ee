"""Reads rows as the values that events record, independent of the kind of database."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

from django.db import connection

from activations.evidence.fields import GRANT, REQUEST, Change, Kind, Table
from activations.evidence.rows import instant, plain_id
from activations.models import User

# Text, so that a value of a wrong type, which SQLite accepts, is only a wrong text.
INSTANT = {
    "postgresql": """to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')""",
    "sqlite": "CAST({} AS text)",
}
NOBODY = "a person who does not exist"
# Tables whose primary key is an id that we generate, not a number from the database.
WITH_IDS = {REQUEST.name, GRANT.name}


class Stored(NamedTuple):
    """One row: the request it belongs to, its primary key, its values, and the address of a `ONCE` person."""

    request: str
    pk: str
    values: dict[str, Any]
    address: str | None


def of_requests(table: Table, keys: Iterable[str]) -> Iterator[Stored]:
    """Yield the rows of some requests, whose ids are given in the format of events."""
    column = "id" if table.name == "request" else "request_id"
    yield from _read(table, column, [as_kept(key) for key in keys], table.recorded)


def by_key(table: Table, keys: Iterable[str], fields: Sequence[str]) -> Iterator[Stored]:
    """Yield these fields of rows, by their primary keys as texts."""
    has_ids = table.name in WITH_IDS
    kept = [as_kept(key) if has_ids else int(key) for key in keys]
    yield from _read(table, "id", kept, tuple(fields))


def pages(table: Table, fields: Sequence[str], size: int) -> Iterator[list[Stored]]:
    """Yield these fields of all rows, ordered by key, in pages of `size`."""
    select, names = _select(table, connection.vendor, tuple(fields)), tuple(fields)
    last: list[Any] = []
    while True:
        after = "WHERE t.id > %s" if last else ""
        with connection.cursor() as cursor:
            cursor.execute(f"{select} {after} ORDER BY t.id LIMIT %s", [*last, size])
            found = [_stored(table, names, row) for row in cursor.fetchall()]
        if not found:
            return
        yield found
        last = [as_kept(found[-1].pk) if table.name in WITH_IDS else int(found[-1].pk)]


def as_kept(key: str) -> str:
    """Return an id as the database stores it: SQLite without hyphens."""
    return key if connection.vendor == "postgresql" else key.replace("-", "")


def _read(table: Table, column: str, keys: list[Any], fields: tuple[str, ...]) -> Iterator[Stored]:
    if not keys:
        return
    select, places = _select(table, connection.vendor, fields), ", ".join(["%s"] * len(keys))
    with connection.chunked_cursor() as cursor:
        cursor.execute(f"{select} WHERE t.{column} IN ({places})", keys)
        while rows := cursor.fetchmany(500):
            yield from (_stored(table, fields, row) for row in rows)


@cache
def _select(table: Table, vendor: str, fields: tuple[str, ...]) -> str:
    request = "id" if table.name == "request" else "request_id"
    columns = [f"CAST(t.{request} AS text)", "CAST(t.id AS text)", _address(table)]
    columns += [_column(table, name, vendor) for name in fields]
    return f"SELECT {', '.join(columns)} FROM {table.db_table} t"  # noqa: S608  # only our own names


def _address(table: Table) -> str:
    """Return SQL for the current address of the person in a field that may be set later."""
    names = [n for n in table.named(Change.ONCE) if table.kinds[n] is Kind.PERSON]
    return _of_person(table, names[0], "email") if names else "NULL"


def _of_person(table: Table, name: str, column: str) -> str:
    people = User._meta.db_table  # noqa: SLF001  # documented by Django
    return f"(SELECT u.{column} FROM {people} u WHERE u.id = t.{table.column(name)})"  # noqa: S608


def _column(table: Table, name: str, vendor: str) -> str:
    column = f't."{table.column(name)}"'
    kind = table.kinds[name]
    if kind is Kind.PERSON:
        subject = f"COALESCE({_of_person(table, name, 'subject')}, '{NOBODY}')"
        return f"CASE WHEN {column} IS NOT NULL THEN {subject} END"
    if kind is Kind.INSTANT:
        return INSTANT[vendor].format(column)
    return f"CAST({column} AS text)" if kind in {Kind.ID, Kind.JSON} else column


def _stored(table: Table, fields: tuple[str, ...], row: tuple[Any, ...]) -> Stored:
    request, pk, address, *raw = row
    values = {
        name: None if value is None else convert(value)
        for (name, convert), value in zip(_converters(table, fields), raw, strict=True)
    }
    key = plain_id(pk) if table.name in WITH_IDS else pk
    return Stored(plain_id(request), key, values, address)


@cache
def _converters(table: Table, fields: tuple[str, ...]) -> list[tuple[str, Callable[[Any], Any]]]:
    return [(name, _DECODERS[table.kinds[name]]) for name in fields]


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return f"not JSON: {text}"


def _flag(value: Any) -> Any:
    """Convert SQLite's numbers to booleans."""
    return bool(value) if value in {0, 1} else value


_DECODERS: dict[Kind, Callable[[Any], Any]] = {
    Kind.PLAIN: lambda value: value,
    Kind.ID: plain_id,
    Kind.INSTANT: instant,
    Kind.JSON: _json,
    Kind.PERSON: lambda value: value,
    Kind.FLAG: _flag,
}
