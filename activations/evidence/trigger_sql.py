"""The triggers that protect the evidence, with their SQL for PostgreSQL and SQLite."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import models

from activations.evidence.fields import Change, Table
from activations.evidence.registered import all_tables
from activations.models import ChainHead, Event

EVENTS = Event._meta.db_table  # noqa: SLF001  # documented by Django
HEAD = ChainHead._meta.db_table  # noqa: SLF001  # documented by Django
REFUSED = "evidence is append-only"
FACT = "facts of evidence do not change"
OUT_OF_SEQUENCE = "evidence continues the chain or is refused"
# The rows to which a partial unique constraint applies.
PARTLY = {
    "grant_scheduled_once": "state = 'scheduled'",
    "request_pending_once": "state = 'pending'",
    "request_adopted_once": "adopted_key <> ''",
    "request_sent_once": "idempotency_key <> ''",
}

# PostgreSQL's bits of pg_trigger.tgtype.
BITS = {"ROW": 1, "BEFORE": 2, "INSERT": 4, "DELETE": 8, "UPDATE": 16, "TRUNCATE": 32}


@dataclass(frozen=True, slots=True)
class Trigger:
    """One trigger: when it fires, and on SQLite the statement, on PostgreSQL the function that decides."""

    name: str
    table: str
    event: str
    sqlite: str = ""
    function: str = ""

    @property
    def postgresql(self) -> str:
        level = "STATEMENT" if self.event == "TRUNCATE" else "ROW"
        return (
            f"CREATE TRIGGER {self.name} BEFORE {self.event} ON {self.table}"
            f" FOR EACH {level} EXECUTE FUNCTION {self.function}()"
        )

    @property
    def bits(self) -> int:
        events = sum(BITS[event] for event in self.event.split(" OR "))
        return BITS["BEFORE"] + events + (0 if self.event == "TRUNCATE" else BITS["ROW"])


def triggers(vendor: str) -> list[Trigger]:
    """Return all triggers that must exist."""
    return list(_postgresql() if vendor == "postgresql" else _sqlite())


def functions() -> dict[str, str]:
    """The bodies of PostgreSQL's functions. Version 0.1.0 created the first two; their text must not change."""
    return {
        "event_refuse": f"BEGIN RAISE EXCEPTION '{REFUSED}'; END",
        "event_check_sequence": """
    DECLARE last record;
    BEGIN
      SELECT sequence, hash INTO last FROM activations_event ORDER BY sequence DESC LIMIT 1;
      IF NEW.sequence <> COALESCE(last.sequence, 0) + 1
         OR NEW.previous_hash <> COALESCE(last.hash, repeat('0', 64)) THEN
        RAISE EXCEPTION 'evidence continues the chain or is refused';
      END IF;
      RETURN NEW;
    END""",
        "chain_head_check": _body(_head_moves_back()),
    } | {f"{table.name}_check_facts": _body(_changes_fact(table)) for table in all_tables()}


def _body(condition: str) -> str:
    return f"BEGIN IF {condition} THEN RAISE EXCEPTION '{FACT}'; END IF; RETURN NEW; END"


def _head_moves_back() -> str:
    return "NEW.id <> OLD.id OR NEW.sequence < OLD.sequence"


def _changes_fact(table: Table, differs: str = "IS DISTINCT FROM") -> str:
    """Return an SQL condition: this update changes a field that may not change, or may not change any more."""
    parts = [_changed(table, table.named(Change.NEVER), differs)]
    parts += [f"({_state(table)})"] if table.transitions else []
    if open_fields := table.named(Change.WHILE_OPEN):
        changed = _changed(table, open_fields, differs)
        final = table.final_when or f"OLD.state IN ({_texts(table.final_states)})"
        parts.append(f"({final} AND ({changed}))")
    for name in table.named(Change.ONCE):
        changed = _changed(table, [name], differs)
        parts.append(f"(OLD.{table.column(name)} IS NOT NULL AND {changed})")
    return " OR ".join(parts)


def _changed(table: Table, names: Sequence[str], differs: str) -> str:
    columns = [table.column(name) for name in names]
    return " OR ".join(f"NEW.{column} {differs} OLD.{column}" for column in columns)


def _state(table: Table) -> str:
    steps = [
        f"OLD.state = '{was}' AND NEW.state IN ({_texts(sorted(targets))})"
        for was, targets in table.transitions.items()
        if targets
    ]
    return f"NEW.state <> OLD.state AND NOT ({' OR '.join(f'({step})' for step in steps)})"


def _texts(values: Sequence[str]) -> str:
    return ", ".join(f"'{value!s}'" for value in values)


def _postgresql() -> Iterator[Trigger]:
    yield Trigger("event_no_update", EVENTS, "UPDATE OR DELETE", function="event_refuse")
    yield Trigger("event_no_truncate", EVENTS, "TRUNCATE", function="event_refuse")
    yield Trigger("event_in_sequence", EVENTS, "INSERT", function="event_check_sequence")
    yield Trigger("chain_head_moves_on", HEAD, "UPDATE", function="chain_head_check")
    for table in all_tables():
        function = f"{table.name}_check_facts"
        yield Trigger(f"{table.name}_keeps_facts", table.db_table, "UPDATE", function=function)
    for name, target in (("chain_head", HEAD), *((t.name, t.db_table) for t in all_tables())):
        yield Trigger(f"{name}_no_delete", target, "DELETE", function="event_refuse")
        yield Trigger(f"{name}_no_truncate", target, "TRUNCATE", function="event_refuse")


def _sqlite() -> Iterator[Trigger]:
    yield _refusing("event_no_update", EVENTS, "UPDATE")
    yield _refusing("event_no_delete", EVENTS, "DELETE")
    # Also refuses INSERT OR REPLACE on connections without recursive_triggers.
    yield _refusing("event_in_sequence", EVENTS, "INSERT", _breaks_chain(), OUT_OF_SEQUENCE)
    yield _refusing("chain_head_no_delete", HEAD, "DELETE")
    yield _refusing("chain_head_moves_on", HEAD, "UPDATE", _head_moves_back(), FACT)
    taken = f"EXISTS (SELECT 1 FROM {HEAD})"  # noqa: S608  # a name of ours
    yield _refusing("chain_head_no_replace", HEAD, "INSERT", taken)
    for table in all_tables():
        name, target = table.name, table.db_table
        yield _refusing(f"{name}_no_delete", target, "DELETE")
        yield _refusing(
            f"{name}_keeps_facts", target, "UPDATE", _changes_fact(table, "IS NOT"), FACT
        )
        # INSERT OR REPLACE deletes without firing triggers on connections without recursive_triggers.
        yield _refusing(f"{name}_no_replace", target, "INSERT", " OR ".join(_taken(table)))


def _breaks_chain() -> str:
    return (
        "NEW.sequence IS NOT (SELECT COALESCE(MAX(sequence), 0) + 1 FROM activations_event)\n"  # noqa: S608
        "          OR NEW.previous_hash IS NOT COALESCE(\n"
        "               (SELECT hash FROM activations_event ORDER BY sequence DESC LIMIT 1),\n"
        f"               '{'0' * 64}')"
    )


def _refusing(
    name: str, table: str, event: str, condition: str = "", message: str = REFUSED
) -> Trigger:
    when = f"\n        WHEN {condition}" if condition else ""
    sql = (
        f"CREATE TRIGGER {name} BEFORE {event} ON {table}{when}\n"
        f"        BEGIN SELECT RAISE(ABORT, '{message}'); END"
    )
    return Trigger(name, table, event, sqlite=sql)


def _taken(table: Table) -> Iterator[str]:
    """For each unique set of columns: another row already has these values."""
    for field in table.fields.values():
        if field.unique:
            yield _exists(table, [str(field.column)])
    for constraint in table.model._meta.constraints:  # noqa: SLF001  # documented by Django
        if isinstance(constraint, models.UniqueConstraint):
            condition = PARTLY[str(constraint.name)] if constraint.condition else ""
            columns = [table.column(name) for name in constraint.fields]
            yield _exists(table, columns, condition)


def _exists(table: Table, columns: Sequence[str], condition: str = "") -> str:
    same = [f"{column} = NEW.{column}" for column in columns]
    if condition:
        same += [condition, f"NEW.{condition}"]
    return f"EXISTS (SELECT 1 FROM {table.db_table} WHERE {' AND '.join(same)})"  # noqa: S608
