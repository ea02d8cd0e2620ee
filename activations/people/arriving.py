"""Reads who sends a request: one statement that is written out, because every request waits for it.

Building the same query with Django's models takes more processor time than the rest of a small request.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.db import connection, models

from activations.models import Address, Stop, User

# The same conditions as in `activations.people.stops.active_stop`.
_STATEMENT = """
SELECT {columns}, address.asserted_at, EXISTS (
  SELECT 1 FROM {stops} stop WHERE stop.lifted_at IS NULL
  AND (stop.user_id = person.id OR stop.user_id IS NULL AND stop.email = person.email)
)
FROM {people} person LEFT JOIN {addresses} address
ON address.person_id = person.id AND address.email = %s AND address.until IS NULL
WHERE person.subject = %s
"""
Converter = Callable[[Any, Any, Any], Any]


@dataclass(frozen=True, slots=True)
class Arriving:
    """A known person; `asserted_at` is when IAP last asserted that the address of this request is theirs, if it is."""

    user: User
    asserted_at: datetime | None
    is_stopped: bool


def arriving(*, subject: str, email: str) -> Arriving | None:
    """Return the person with this subject, or None if they were never seen."""
    statement, fields = _statement(), _fields()
    with connection.cursor() as cursor:
        cursor.execute(statement, [email, subject])
        row = cursor.fetchone()
    if row is None:
        return None
    *values, asserted_at = (
        _converted(value, field) for value, field in zip(row[:-1], fields, strict=True)
    )
    user = User.from_db(connection.alias, [field.attname for field in fields[:-1]], values)
    return Arriving(user, asserted_at, bool(row[-1]))


@cache
def _fields() -> Sequence[models.Field[Any, Any]]:
    own = User._meta.concrete_fields  # noqa: SLF001  # documented by Django
    return (*own, Address._meta.get_field("asserted_at"))  # noqa: SLF001


@cache
def _statement() -> str:
    columns = ", ".join(f"person.{field.column}" for field in _fields()[:-1])
    tables = {"people": User, "addresses": Address, "stops": Stop}
    names = {name: model._meta.db_table for name, model in tables.items()}  # noqa: SLF001
    return _STATEMENT.format(columns=columns, **names)


def _converted(value: Any, field: models.Field[Any, Any]) -> Any:
    """Return what Django makes of a column's value; SQLite stores instants as text."""
    for convert in _converters(connection.vendor, field):
        value = convert(value, None, connection)
    return value


@cache
def _converters(vendor: str, field: models.Field[Any, Any]) -> tuple[Converter, ...]:  # noqa: ARG001  # a key of the cache
    column = models.expressions.Col("", field)
    own = field.get_db_converters(connection)
    return (*connection.ops.get_db_converters(column), *own)
