"""Database triggers: a version never changes, a proposal only moves on.

Each is written for SQLite and PostgreSQL. A migration ends with all of them in place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from policies.models import PolicyProposal, PolicyVersion

VERSIONS = PolicyVersion._meta.db_table  # noqa: SLF001  # Django documents it
PROPOSALS = PolicyProposal._meta.db_table  # noqa: SLF001  # Django documents it
REFUSED = "access policies are never changed or deleted"
# Facts of a proposal; and those that are filled in once, by the decision or by the next one.
FACTS = (
    *("id", "version_id", "base_id", "comment", "proposed_at", "as_deployment"),
    *("proposed_by_email", "proposed_by_subject"),
)
DECISION = (
    *("decided_at", "decided_by_email", "decided_by_subject", "decision_comment"),
    "was_second_person",
)
STEPS = {"PROPOSED": ("ACTIVE", "REJECTED"), "ACTIVE": ("REPLACED",)}


@dataclass(frozen=True, slots=True)
class Trigger:
    """Refuses an event on a table where the condition holds; without one, always."""

    name: str
    table: str
    event: str
    condition: str = ""


def triggers(vendor: str) -> Iterator[Trigger]:
    """Yield all that there must be."""
    differs = "IS DISTINCT FROM" if vendor == "postgresql" else "IS NOT"
    yield Trigger("policy_version_no_update", VERSIONS, "UPDATE")
    yield Trigger("policy_version_no_delete", VERSIONS, "DELETE")
    yield Trigger("policy_proposal_keeps_facts", PROPOSALS, "UPDATE", _changes_fact(differs))
    yield Trigger("policy_proposal_no_delete", PROPOSALS, "DELETE")
    if vendor == "postgresql":
        yield Trigger("policy_version_no_truncate", VERSIONS, "TRUNCATE")
        yield Trigger("policy_proposal_no_truncate", PROPOSALS, "TRUNCATE")
    else:
        # INSERT OR REPLACE deletes without firing triggers on connections without recursive_triggers.
        taken = f"EXISTS (SELECT 1 FROM {VERSIONS} WHERE id = NEW.id OR sha256 = NEW.sha256)"  # noqa: S608  # names of ours
        yield Trigger("policy_version_no_replace", VERSIONS, "INSERT", taken)
        taken = f"EXISTS (SELECT 1 FROM {PROPOSALS} WHERE id = NEW.id OR {_same_place()})"  # noqa: S608  # names of ours
        yield Trigger("policy_proposal_no_replace", PROPOSALS, "INSERT", taken)


def _changes_fact(differs: str) -> str:
    parts = [f"NEW.{name} {differs} OLD.{name}" for name in FACTS]
    decided = " OR ".join(f"NEW.{name} {differs} OLD.{name}" for name in DECISION)
    parts.append(f"(OLD.decided_at IS NOT NULL AND ({decided}))")
    allowed = " OR ".join(
        f"(OLD.state = '{was}' AND NEW.state = '{became}')"
        for was, targets in STEPS.items()
        for became in targets
    )
    parts.append(f"(NEW.state <> OLD.state AND NOT ({allowed}))")
    return " OR ".join(parts)


def _same_place() -> str:
    return (
        "(state = 'ACTIVE' AND NEW.state = 'ACTIVE')"
        " OR (state = 'PROPOSED' AND NEW.state = 'PROPOSED' AND version_id = NEW.version_id)"
    )


def faults(connection: BaseDatabaseWrapper) -> list[str]:
    """Return what weakens the protection of access policies: triggers that are missing, changed or unknown."""
    tables = set(connection.introspection.table_names())
    wanted = {
        one.name: _definition(one, connection.vendor)
        for one in triggers(connection.vendor)
        if one.table in tables
    }
    query = INSTALLED if connection.vendor == "postgresql" else STORED
    with connection.cursor() as cursor:
        cursor.execute(query)
        found = {name: tuple(definition) for name, *definition in cursor.fetchall()}
    missing = [f"{name} is missing" for name in wanted if name not in found]
    changed = [
        f"{name} was changed or disabled"
        for name, definition in wanted.items()
        if name in found and found[name] != definition
    ]
    unknown = [f"{name} is an unknown trigger" for name in found if name not in wanted]
    return sorted((*missing, *changed, *unknown))


# The definition of each trigger as the database has it; names are unique.
STORED = f"SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ('{VERSIONS}', '{PROPOSALS}')"  # noqa: S608  # names of ours
INSTALLED = f"""
    SELECT t.tgname, c.relname, t.tgtype, t.tgenabled IN ('O', 'A') AND t.tgqual IS NULL, p.prosrc
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE NOT t.tgisinternal
      AND c.oid IN (to_regclass('{VERSIONS}'), to_regclass('{PROPOSALS}'))"""  # noqa: S608  # names of ours
# PostgreSQL's bits of pg_trigger.tgtype, with BEFORE.
BITS = {"UPDATE": 19, "DELETE": 11, "TRUNCATE": 34}


def _definition(one: Trigger, vendor: str) -> tuple[object, ...]:
    """Return the columns of the queries above for a trigger as it must be."""
    if vendor != "postgresql":
        return tuple(_statements(one, vendor))
    return (one.table, BITS[one.event], True, _body(one))


def _body(one: Trigger) -> str:
    refusal = f"RAISE EXCEPTION '{REFUSED}';"
    if one.condition:
        return f"BEGIN IF {one.condition} THEN {refusal} END IF; RETURN NEW; END"
    return f"BEGIN {refusal} RETURN NULL; END"


def install_triggers(connection: BaseDatabaseWrapper) -> None:
    """Put all triggers in place, as they must be; those of tables that are missing are left out."""
    tables = set(connection.introspection.table_names())
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        remove_triggers(connection)
        for one in triggers(connection.vendor):
            if one.table in tables:
                for statement in _statements(one, connection.vendor):
                    cursor.execute(statement)


def remove_triggers(connection: BaseDatabaseWrapper) -> None:
    """Remove the triggers: for a migration that changes facts, and for tests."""
    tables = set(connection.introspection.table_names())
    is_postgresql = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        for one in triggers(connection.vendor):
            if one.table in tables:
                target = f" ON {one.table}" if is_postgresql else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS {one.name}{target}")


def _statements(one: Trigger, vendor: str) -> Iterator[str]:
    if vendor != "postgresql":
        when = f" WHEN {one.condition}" if one.condition else ""
        yield (
            f"CREATE TRIGGER {one.name} BEFORE {one.event} ON {one.table}{when}"
            f" BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
        )
        return
    yield (
        f"CREATE OR REPLACE FUNCTION {one.name}() RETURNS trigger LANGUAGE plpgsql"
        f" AS $${_body(one)}$$"
    )
    level = "STATEMENT" if one.event == "TRUNCATE" else "ROW"
    yield (
        f"CREATE TRIGGER {one.name} BEFORE {one.event} ON {one.table}"
        f" FOR EACH {level} EXECUTE FUNCTION {one.name}()"
    )
