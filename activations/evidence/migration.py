"""For migrations: imports existing rows into the evidence, and changes facts with a record of the change."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.apps.registry import Apps
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from activations.domain.chain import GENESIS, chain_hash, timestamp
from activations.evidence import stored
from activations.evidence.comparison import without_event
from activations.evidence.digests import covered, digest
from activations.evidence.fields import GRANT, REQUEST, Kind, Table
from activations.evidence.history import MIGRATED
from activations.evidence.imports import AT_ONCE, take_in_all
from activations.evidence.recording import ROWS, Step, record
from activations.evidence.rows import IMPORTED
from activations.evidence.stored import Stored
from activations.evidence.triggers import remove_triggers, restore_triggers
from activations.models import Grant, Request

Changes = Callable[[Mapping[str, Any]], Mapping[str, Any]]


def take_in_existing_rows(apps: Apps) -> None:
    """Append digests of all existing rows to the chain, a thousand with one event.

    A row without any event gets an event that says so: from then on each row has one.
    """
    chain = MigratedChain(apps, timezone.now())  # noqa: TID251  # an edge: a migration has no other clock
    for table in (REQUEST, GRANT):
        for key in without_event(table):
            (row,) = stored.by_key(table, [key], covered(table))
            own = {"request": row.request, "grant": key if table is GRANT else None}
            chain.append(_details(table, [row]) | {"had_no_event": True}, **own)
    take_in_all(chain.append)
    chain.close()


def _details(table: Table, page: list[Stored]) -> dict[str, Any]:
    return {"table": table.name, ROWS: {row.pk: digest(table, row.values) for row in page}}


class MigratedChain:
    """Appends with the tables as they are at this migration, independent of later versions."""

    def __init__(self, apps: Apps, at: datetime) -> None:
        self._events = apps.get_model("activations", "Event").objects
        self._heads = apps.get_model("activations", "ChainHead").objects
        self._at = at
        head = self._heads.select_for_update().filter(id=1).first()
        self._sequence, self._hash = (head.sequence, head.hash) if head else (0, GENESIS)
        self._is_new = head is None

    def append(
        self, details: dict[str, Any], request: str | None = None, grant: str | None = None
    ) -> None:
        texts = "project_id role beneficiary_email actor_email actor_subject was became comment"
        content = dict.fromkeys(texts.split(), "") | {
            "sequence": self._sequence + 1,
            "at": timestamp(self._at),
            "kind": IMPORTED,
            "request": request or "",
            "grant": grant or "",
            "details": details,
        }
        previous, self._hash = self._hash, chain_hash(previous=self._hash, content=content)
        self._sequence += 1
        self._events.create(
            sequence=self._sequence,
            at=self._at,
            kind=IMPORTED,
            request_id=request,
            grant_id=grant,
            details=details,
            previous_hash=previous,
            hash=self._hash,
        )

    def close(self, *, took_in: bool = True) -> None:
        """Record the end of the chain, and that all rows of version 0.1.0 up to it are imported; an empty chain stays empty."""
        values = {"sequence": self._sequence, "hash": self._hash}
        if took_in:
            values["taken_in"] = self._sequence
        if not self._is_new:
            self._heads.filter(id=1).update(**values)
        elif self._sequence:
            self._heads.create(id=1, **values)


def change_facts(
    connection: BaseDatabaseWrapper, table: Table, change: Changes, *, migration: str, now: datetime
) -> int:
    """Change facts of rows, which only a migration may do; returns in how many rows.

    `change` gets the values of a row and returns those that should change. In one transaction: drops the
    triggers of the table, records each change with the previous value and the digests of all changed
    rows before and after, and reinstalls the triggers.

    :raises ValueError: for a field that identifies the row, or whose value is not plain text or a number.
    """
    with transaction.atomic(using=connection.alias):
        remove_triggers(connection, [table.db_table])
        before, after, count = hashlib.sha256(), hashlib.sha256(), 0
        for page in stored.pages(table, table.recorded, AT_ONCE):
            for row in page:
                if values := _other(table, row, change(row.values)):
                    before.update(_line(table, row, {}))
                    after.update(_line(table, row, values))
                    _change(connection, table, row, values, migration=migration, now=now)
                    count += 1
        restore_triggers(connection)
        details = {"migration": migration, "table": table.name, "rows_changed": count}
        details |= {"sha256_before": before.hexdigest(), "sha256_after": after.hexdigest()}
        record(Step(kind="evidence.migrated", at=now, details=details))
    return count


def _other(table: Table, row: Stored, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return the wanted values that differ from the current ones."""
    for name in wanted:
        if table.kinds[name] is not Kind.PLAIN or name == table.key:
            raise ValueError(f"{table.name}.{name} cannot be changed like this")
    return {name: value for name, value in wanted.items() if value != row.values[name]}


def _line(table: Table, row: Stored, values: Mapping[str, Any]) -> bytes:
    return f"{row.pk} {digest(table, row.values | dict(values))}\n".encode()


def _change(
    connection: BaseDatabaseWrapper,
    table: Table,
    row: Stored,
    values: dict[str, Any],
    *,
    migration: str,
    now: datetime,
) -> None:
    columns = ", ".join(f'"{table.column(name)}" = %s' for name in values)
    key = stored.as_kept(row.pk) if table.name in stored.WITH_IDS else int(row.pk)
    with connection.cursor() as cursor:
        statement = f"UPDATE {table.db_table} SET {columns} WHERE id = %s"  # noqa: S608  # names of ours
        cursor.execute(statement, [*values.values(), key])
    before = {name: row.values[name] for name in values}
    is_own = table.name in stored.WITH_IDS
    place = table.key_of(row.values)
    grant = Grant.objects.select_related("request").get(pk=row.pk) if table is GRANT else None
    record(
        Step(
            kind=MIGRATED,
            at=now,
            grant=grant,
            request=None if grant else Request.objects.get(pk=row.request),
            details={"migration": migration},
            rows={table.name: values if is_own else {place: values}},
            before={table.name: before if is_own else {place: before}},
        )
    )
