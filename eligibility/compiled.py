"""Queries whose SQL is built once. Building it takes more processor time than the small queries of every request.

The query stays an ordinary queryset, made by the same functions as everywhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import (
    BigIntegerField,
    DateTimeField,
    Expression,
    Field,
    FloatField,
    Model,
    QuerySet,
    TextField,
    UUIDField,
)
from django.db.models.query import get_related_populators
from django.db.models.sql import UpdateQuery
from django.db.transaction import TransactionManagementError

Row = TypeVar("Row")
MOST_FILLED = 1024


class Slot(Expression):
    """A value that each run of a compiled query gives, where a queryset has a value otherwise."""

    def __init__(self, name: str, kind: Field[Any, Any]) -> None:
        super().__init__(output_field=kind)
        self.name = name
        self.kind = kind

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:  # Django's names
        return "%s", (self,)


def some_person() -> Any:
    """Return slots for the key of a person, `person`, and for their address, `email`."""
    found = Slot("person", BigIntegerField())
    found.email = text("email")  # type: ignore[attr-defined]  # as a person has
    return found


def instant(name: str) -> Any:
    """Return a slot for an instant."""
    return Slot(name, DateTimeField())


def text(name: str) -> Any:
    """Return a slot for a text."""
    return Slot(name, TextField())


def key(name: str) -> Any:
    """Return a slot for the key of a request or grant."""
    return Slot(name, UUIDField())


def column(model: type[Model], name: str) -> Any:
    """Return a slot for a value of this column, with the name of the column."""
    found: Any = model._meta.get_field(name)  # noqa: SLF001  # documented by Django
    return Slot(name, found)


def number(name: str) -> Any:
    """Return a slot for a whole number."""
    return Slot(name, BigIntegerField())


def real(name: str) -> Any:
    """Return a slot for a number such as the seconds of an instant."""
    return Slot(name, FloatField())


class _Statement:
    """The SQL of a query for one kind of database, and how to read its rows."""

    def __init__(self, queryset: QuerySet[Any, Any]) -> None:
        compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        self.sql, self.parameters = compiler.as_sql()
        expressions = [expression for expression, *_ in compiler.select]
        # By position, each with its expression, as Django calls them.
        self.converters = compiler.get_converters(expressions)
        self.locks_rows = queryset.query.select_for_update
        self.model: type[Model] | None = None
        if queryset.query.default_cols:
            self._read_rows_of(
                compiler.klass_info, compiler.select, compiler.annotation_col_map or {}
            )

    def _read_rows_of(
        self, info: dict[str, Any], select: Sequence[Any], annotations: dict[str, int]
    ) -> None:
        """Keep which columns are those of the model, and which those of related rows."""
        self.model = info["model"]
        self.first, self.end = info["select_fields"][0], info["select_fields"][-1] + 1
        self.names = [column[0].target.attname for column in select[self.first : self.end]]
        self.related = get_related_populators(info, select, DEFAULT_DB_ALIAS)  # type: ignore[call-arg]  # typed for Django 6
        self.annotations = annotations

    def row(self, found: tuple[Any, ...], connection: Any) -> Any:
        """Return the object of a row, or the row itself for `values_list`."""
        values = list(found)
        for position, (converters, expression) in self.converters.items():
            for convert in converters:
                values[position] = convert(values[position], expression, connection)
        if self.model is None:
            return tuple(values)
        row = self.model.from_db(connection.alias, self.names, values[self.first : self.end])
        for populator in self.related:
            populator.populate(values, row)
        for name, position in self.annotations.items():
            setattr(row, name, values[position])
        return row


class Compiled(Generic[Row]):
    """A query of rows of a model, also annotated or with `select_related`, or of `values_list`; without `prefetch_related`.

    `build` makes the queryset, with slots instead of the values that differ from run to run.
    """

    def __init__(self, build: Callable[[], QuerySet[Any, Row]]) -> None:
        self._build = build
        self._statements: dict[str, _Statement] = {}

    def rows(self, **given: Any) -> list[Row]:
        """Return what the queryset would, with these values in its slots.

        :raises TransactionManagementError: for `select_for_update` outside a transaction.
        """
        connection = connections[DEFAULT_DB_ALIAS]
        statement = self._statement(connection.vendor)
        if statement.locks_rows and not connection.in_atomic_block:
            raise TransactionManagementError("Rows can be locked in a transaction only")
        with connection.cursor() as cursor:
            cursor.execute(statement.sql, _filled(statement.parameters, given, connection))
            found = cursor.fetchall()
        return [statement.row(row, connection) for row in found]

    def first(self, **given: Any) -> Row | None:
        """Return the first row, or None."""
        return next(iter(self.rows(**given)), None)

    def _statement(self, vendor: str) -> _Statement:
        if vendor not in self._statements:
            self._statements[vendor] = _Statement(self._build())
        return self._statements[vendor]


class CompiledIn(Generic[Row]):
    """A query about any number of texts, as :class:`Compiled`; `build` gets slots for them, for `__in`.

    A statement for each power of two serves all numbers; the last text fills the rest. Long lists are rare,
    and get a statement of their own, which is not kept.
    """

    def __init__(self, build: Callable[[Any], QuerySet[Any, Row]]) -> None:
        self._build = build
        self._compiled: dict[int, Compiled[Row]] = {}

    def rows(self, texts: Collection[str], **given: Any) -> list[Row]:
        """Return what the queryset would, with these texts and values; nothing without any text."""
        wanted = sorted(set(texts))
        if not wanted:
            return []
        is_long = len(wanted) > MOST_FILLED
        size = len(wanted) if is_long else 1 << (len(wanted) - 1).bit_length()
        compiled = self._of(size) if is_long else self._compiled.setdefault(size, self._of(size))
        filled = wanted + [wanted[-1]] * (size - len(wanted))
        return compiled.rows(**dict(zip(_names(size), filled, strict=True)), **given)

    def _of(self, size: int) -> Compiled[Row]:
        """Return the query about so many texts; nothing is built before its first run."""
        return Compiled(lambda: self._build([text(name) for name in _names(size)]))


def _names(size: int) -> list[str]:
    return [f"text{place}" for place in range(size)]


def keep_related(row: Model, name: str, related: Sequence[Model]) -> None:
    """Let `row.name.all()` return these rows without a query, as `prefetch_related` does."""
    found = getattr(row, name).all()
    found._result_cache = list(related)  # noqa: SLF001  # Django's own prefetch sets both
    cache = row.__dict__.setdefault("_prefetched_objects_cache", {})
    cache[name] = found


class CompiledUpdate:
    """An UPDATE of the rows of a queryset, as `QuerySet.update`; slots may also be in the new values."""

    def __init__(self, build: Callable[[], QuerySet[Any, Any]], **values: Any) -> None:
        self._build = build
        self._values = values
        self._statements: dict[str, tuple[str, tuple[Any, ...]]] = {}

    def run(self, **given: Any) -> int:
        """Return how many rows were updated, with these values in the slots."""
        connection = connections[DEFAULT_DB_ALIAS]
        sql, parameters = self._statement(connection.vendor)
        with connection.cursor() as cursor:
            cursor.execute(sql, _filled(parameters, given, connection))
            return int(cursor.rowcount)

    def _statement(self, vendor: str) -> tuple[str, tuple[Any, ...]]:
        if vendor not in self._statements:
            query: Any = self._build().query.chain(UpdateQuery)
            query.add_update_values(self._values)
            self._statements[vendor] = query.get_compiler(DEFAULT_DB_ALIAS).as_sql()
        return self._statements[vendor]


def _filled(parameters: Sequence[Any], given: dict[str, Any], connection: Any) -> list[Any]:
    return [
        one.kind.get_db_prep_value(given[one.name], connection) if isinstance(one, Slot) else one
        for one in parameters
    ]
