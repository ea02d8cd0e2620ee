"""Compares the database triggers that protect the evidence with their definitions, and installs them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from activations.evidence.registered import all_tables
from activations.evidence.trigger_sql import EVENTS, HEAD, Trigger, functions, triggers


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one trigger, rule or table."""

    name: str
    table: str
    what: str

    def __str__(self) -> str:
        return f"{self.name} {self.what}"


def faults(connection: BaseDatabaseWrapper) -> list[Fault]:
    """Return everything that weakens the protection of the evidence; empty when nothing does."""
    tables = protected_tables(connection)
    wanted = {one.name: one for one in triggers(connection.vendor) if one.table in tables}
    look = _look_postgresql if connection.vendor == "postgresql" else _look_sqlite
    seen: dict[str, Fault] = {}
    for name, table, what in look(connection, wanted, tables):
        seen[name] = Fault(name, table, what)
    found = [fault for fault in seen.values() if fault.what]
    found += [Fault(n, one.table, "is missing") for n, one in wanted.items() if n not in seen]
    return sorted(found, key=lambda fault: (fault.table, fault.name))


def table_names() -> list[str]:
    """Return the names of all tables that triggers protect."""
    return [EVENTS, HEAD, *(table.db_table for table in all_tables())]


def protected_tables(connection: BaseDatabaseWrapper) -> list[str]:
    """Return the existing tables; tables of rows only if they have all columns that their triggers use."""
    there = set(connection.introspection.table_names())
    complete = {one.db_table: {str(f.column) for f in one.fields.values()} for one in all_tables()}
    return [
        name
        for name in table_names()
        if name in there and _has(connection, name, complete.get(name))
    ]


def _has(connection: BaseDatabaseWrapper, table: str, columns: set[str] | None) -> bool:
    if columns is None:
        return True
    with connection.cursor() as cursor:
        found = connection.introspection.get_table_description(cursor, table)
    return columns <= {column.name for column in found}


def install_triggers(connection: BaseDatabaseWrapper) -> list[Fault]:
    """Correct all faults; returns them.

    SQLite drops triggers silently when a migration rebuilds a table, so each migration ends with this.
    """
    found = faults(connection)
    if not found:
        return []
    wanted = {one.name: one for one in triggers(connection.vendor)}
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for name, body in functions().items():
                cursor.execute(
                    f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $${body}$$"
                )
        for fault in found:
            _drop(cursor, connection.vendor, fault)
            if one := wanted.get(fault.name):
                cursor.execute(one.postgresql if connection.vendor == "postgresql" else one.sqlite)
    return found


def remove_triggers(connection: BaseDatabaseWrapper, tables: list[str] | None = None) -> None:
    """Remove the triggers of these or all tables: for a migration that changes facts, and for tests."""
    there = protected_tables(connection)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Constraints that are checked at the end of the transaction would prevent the removal.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for one in triggers(connection.vendor):
            if one.table in (tables or there):
                _drop(cursor, connection.vendor, Fault(one.name, one.table, "is removed"))
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def restore_triggers(connection: BaseDatabaseWrapper) -> None:
    """Reinstall removed triggers in the same transaction, after changes of their tables."""
    if connection.vendor == "postgresql":
        # Constraints that are checked at the end of the transaction would prevent it.
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    install_triggers(connection)


def _drop(cursor: Any, vendor: str, fault: Fault) -> None:
    kind = "RULE" if fault.what == RULE else "TRIGGER"
    target = f' ON "{fault.table}"' if vendor == "postgresql" else ""
    if fault.what == HIDDEN:
        cursor.execute(f'ALTER TABLE "{fault.table}" NO FORCE ROW LEVEL SECURITY')
        cursor.execute(f'ALTER TABLE "{fault.table}" DISABLE ROW LEVEL SECURITY')
    else:
        cursor.execute(f'DROP {kind} IF EXISTS "{fault.name}"{target}')


CHANGED, DISABLED, UNKNOWN = "was changed", "is disabled", "is an unknown trigger"
RULE, HIDDEN = "is an unknown rule", "hides rows by row level security"
Seen = tuple[str, str, str]


def _look_sqlite(
    connection: BaseDatabaseWrapper, wanted: dict[str, Trigger], tables: list[str]
) -> list[Seen]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'")
        rows = [row for row in cursor.fetchall() if row[1] in tables]
    return [(name, table, _judge_sqlite(wanted.get(name), table, sql)) for name, table, sql in rows]


def _judge_sqlite(one: Trigger | None, table: str, sql: str) -> str:
    if one is None:
        return UNKNOWN
    return "" if one.table == table and _plain(sql) == _plain(one.sqlite) else CHANGED


def _plain(text: str) -> str:
    return " ".join(text.split())


def _look_postgresql(
    connection: BaseDatabaseWrapper, wanted: dict[str, Trigger], tables: list[str]
) -> list[Seen]:
    if not tables:
        return []
    bodies = {name: _plain(body) for name, body in functions().items()}
    with connection.cursor() as cursor:
        cursor.execute(INSTALLED, [tables])
        found = [
            (row[0], row[1], _judge_postgresql(wanted.get(row[0]), row, bodies))
            for row in cursor.fetchall()
        ]
        cursor.execute(ODDITIES, [tables, tables])
        return found + [(name, table, what) for name, table, what in cursor.fetchall()]


def _judge_postgresql(one: Trigger | None, row: tuple[Any, ...], bodies: dict[str, str]) -> str:
    _, table, bits, enabled, is_plain, function, body, language = row
    if one is None:
        return UNKNOWN
    if enabled not in {"O", "A"}:  # fires, or fires even in a replica session
        return DISABLED
    is_ours = (one.table, one.bits, one.function) == (table, bits, function)
    is_same = is_plain and language == "plpgsql" and _plain(body) == bodies.get(function)
    return "" if is_ours and is_same else CHANGED


INSTALLED = """
    SELECT t.tgname, c.relname, t.tgtype, t.tgenabled::text,
           t.tgqual IS NULL AND t.tgnargs = 0 AND t.tgattr::text = '' AND t.tgconstraint = 0
             AND t.tgoldtable IS NULL AND t.tgnewtable IS NULL
             AND p.proconfig IS NULL AND NOT p.prosecdef,
           p.proname, p.prosrc, l.lanname
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
      JOIN pg_language l ON l.oid = p.prolang
    WHERE NOT t.tgisinternal
      AND t.tgrelid IN (SELECT to_regclass(name) FROM unnest(%s::text[]) name)"""
ODDITIES = f"""
    SELECT r.rulename, c.relname, '{RULE}' FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
    WHERE c.oid IN (SELECT to_regclass(name) FROM unnest(%s::text[]) name)
    UNION ALL
    SELECT c.relname, c.relname, '{HIDDEN}' FROM pg_class c
    WHERE (c.relrowsecurity OR c.relforcerowsecurity)
      AND c.oid IN (SELECT to_regclass(name) FROM unnest(%s::text[]) name)"""  # noqa: S608  # ours
