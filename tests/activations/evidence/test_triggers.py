"""The database itself refuses to change evidence, also for clients other than the application."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.core.management.sql import emit_post_migrate_signal
from django.db import DatabaseError, connection, transaction
from django.db.models import Model

from activations.evidence.recording import Step, record
from activations.evidence.trigger_sql import triggers
from activations.evidence.triggers import faults, remove_triggers
from activations.evidence.verification import verify
from activations.models import ChainHead, Event, Grant, Request, Review, Reviewer
from jitaccess.doctor.check_result import State
from jitaccess.doctor.storage import _evidence
from jitaccess.start import StartRefused, _require_evidence
from tests.activations.rows import NOON

on_sqlite = connection.vendor == "sqlite"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def events() -> int:
    """Create events and return their number."""
    for kind in ("first", "second"):
        with transaction.atomic():
            record(Step(kind=kind, at=NOON))
    return 2


def refused(statement: str, *parameters: str | int) -> str:
    """Run a statement that the database must refuse; return its error."""
    with pytest.raises(DatabaseError) as refusal, connection.cursor() as cursor:
        cursor.execute(statement, parameters)
    return str(refusal.value)


COLUMNS = (
    "sequence, at, kind, project_id, role, beneficiary_email, actor_email, actor_subject, was,"
    " became, comment, details, previous_hash, hash"
)
ROW = "%s, '2030-01-01 12:00:00', 'forged', '', '', '', '', '', '', '', '', '{}', %s, %s"


def test_changing_an_event_is_refused(events: int) -> None:
    assert "append-only" in refused("UPDATE activations_event SET comment = 'x'")
    assert "append-only" in refused("UPDATE activations_event SET hash = hash WHERE sequence = 2")


def test_deleting_an_event_is_refused(events: int) -> None:
    assert "append-only" in refused("DELETE FROM activations_event")
    assert "append-only" in refused("DELETE FROM activations_event WHERE sequence = 2")
    assert Event.objects.count() == events


def test_emptying_the_table_is_refused(events: int) -> None:
    word = "DELETE FROM" if on_sqlite else "TRUNCATE"
    assert "append-only" in refused(f"{word} activations_event")
    assert Event.objects.count() == events


@pytest.mark.parametrize("sequence", [1, 2, 4, 0, -1, 1000])
def test_an_event_out_of_sequence_is_refused(events: int, sequence: int) -> None:
    last = Event.objects.get(sequence=2).hash
    row = f"INSERT INTO activations_event ({COLUMNS}) VALUES ({ROW})"
    refused(row, sequence, last, "0" * 64)
    assert Event.objects.count() == events


def test_an_event_that_does_not_continue_the_chain_is_refused(events: int) -> None:
    row = f"INSERT INTO activations_event ({COLUMNS}) VALUES ({ROW})"
    assert "continues the chain" in refused(row, 3, "f" * 64, "0" * 64)
    with connection.cursor() as cursor:
        cursor.execute(row, (3, Event.objects.get(sequence=2).hash, "0" * 64))
    assert Event.objects.count() == 3


@pytest.mark.parametrize("recursive", ["ON", "OFF"])
def test_replacing_an_event_is_refused_on_any_connection(events: int, recursive: str) -> None:
    if not on_sqlite:
        statement = (
            f"INSERT INTO activations_event ({COLUMNS}) VALUES ({ROW})"
            " ON CONFLICT (sequence) DO UPDATE SET kind = 'forged'"
        )
        refused(statement, 2, "0" * 64, "0" * 64)
    else:
        raw = sqlite3.connect(connection.settings_dict["NAME"])
        raw.execute(f"PRAGMA recursive_triggers = {recursive}")
        try:
            for previous in ("0" * 64, Event.objects.get(sequence=1).hash):
                with pytest.raises(sqlite3.DatabaseError):
                    raw.execute(
                        f"INSERT OR REPLACE INTO activations_event ({COLUMNS})"
                        f" VALUES ({ROW.replace('%s', '?')})",
                        (2, previous, "0" * 64),
                    )
        finally:
            raw.close()
    assert list(Event.objects.order_by("sequence").values_list("kind", flat=True)) == [
        "first",
        "second",
    ]


@pytest.fixture
def unprotected() -> Iterator[None]:
    """Remove the triggers, as re-creating a table does."""
    remove_triggers(connection)
    yield
    call_command("migrate", verbosity=0, interactive=False)


def problems() -> list[str | None]:
    return [problem.id for problem in run_checks(tags=["database"], databases=["default"])]


def messages() -> str:
    return " ".join(p.msg for p in run_checks(tags=["database"], databases=["default"]))


def test_a_check_finds_missing_triggers(unprotected: None) -> None:
    assert {fault.name for fault in faults(connection)} == {
        one.name for one in triggers(connection.vendor)
    }
    assert problems() == ["activations.E001"]


def test_the_check_names_each_missing_trigger(unprotected: None) -> None:
    assert all(f"{one.name} is missing" in messages() for one in triggers(connection.vendor))


def test_every_migration_restores_the_triggers(unprotected: None) -> None:
    call_command("migrate", verbosity=0, interactive=False)
    assert faults(connection) == []
    assert problems() == []


@pytest.mark.parametrize("model", [Event, ChainHead, Request, Reviewer, Review, Grant])
def test_the_migration_that_recreates_a_table_restores_its_triggers(
    events: int, model: type[Model]
) -> None:
    table = model._meta.db_table
    if on_sqlite:
        with connection.constraint_checks_disabled(), connection.schema_editor() as editor:
            editor._remake_table(model)  # type: ignore[attr-defined]  # SQLite's, as AddField does
    else:
        remove_triggers(connection, [table])  # PostgreSQL alters tables in place
    assert {fault.table for fault in faults(connection)} == {table}
    emit_post_migrate_signal(0, False, "default")
    assert faults(connection) == []
    refused(f"DELETE FROM {Event._meta.db_table}")


ON_POSTGRESQL = {
    "disabled": "ALTER TABLE activations_grant DISABLE TRIGGER grant_keeps_facts",
    "all disabled": "ALTER TABLE activations_event DISABLE TRIGGER ALL",
    "for replicas only": "ALTER TABLE activations_event ENABLE REPLICA TRIGGER event_no_update",
    "a replaced function": "CREATE OR REPLACE FUNCTION event_refuse() RETURNS trigger LANGUAGE plpgsql"
    " AS $$BEGIN RETURN NEW; END$$",
    "a replaced check": "CREATE OR REPLACE FUNCTION request_check_facts() RETURNS trigger"
    " LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$",
    "a condition": "DROP TRIGGER event_no_update ON activations_event; CREATE TRIGGER event_no_update"
    " BEFORE UPDATE OR DELETE ON activations_event FOR EACH ROW WHEN (false)"
    " EXECUTE FUNCTION event_refuse()",
    "one column only": "DROP TRIGGER request_keeps_facts ON activations_request; CREATE TRIGGER"
    " request_keeps_facts BEFORE UPDATE OF state ON activations_request FOR EACH ROW"
    " EXECUTE FUNCTION request_check_facts()",
    "too late": "DROP TRIGGER grant_no_delete ON activations_grant; CREATE TRIGGER grant_no_delete"
    " AFTER DELETE ON activations_grant FOR EACH ROW EXECUTE FUNCTION event_refuse()",
    "another function": "DROP TRIGGER review_no_delete ON activations_review; CREATE TRIGGER"
    " review_no_delete BEFORE DELETE ON activations_review FOR EACH ROW"
    " EXECUTE FUNCTION review_check_facts()",
    "one trigger more": "CREATE FUNCTION evil() RETURNS trigger LANGUAGE plpgsql AS"
    " $$BEGIN RETURN NULL; END$$; CREATE TRIGGER aaa BEFORE INSERT ON activations_event"
    " FOR EACH ROW EXECUTE FUNCTION evil()",
    "a rule": "CREATE RULE nothing AS ON UPDATE TO activations_grant DO INSTEAD NOTHING",
    "hidden rows": "ALTER TABLE activations_request ENABLE ROW LEVEL SECURITY",
}
ON_SQLITE = {
    "dropped": "DROP TRIGGER grant_keeps_facts",
    "never": "DROP TRIGGER event_no_update; CREATE TRIGGER event_no_update BEFORE UPDATE ON"
    " activations_event WHEN 0 BEGIN SELECT RAISE(ABORT, 'evidence is append-only'); END",
    "another message": "DROP TRIGGER request_no_delete; CREATE TRIGGER request_no_delete BEFORE DELETE"
    " ON activations_request BEGIN SELECT RAISE(IGNORE); END",
    "one column only": "DROP TRIGGER review_keeps_facts; CREATE TRIGGER review_keeps_facts BEFORE UPDATE"
    " OF comment ON activations_review BEGIN SELECT RAISE(ABORT, 'x'); END",
    "another table": "DROP TRIGGER event_no_delete; CREATE TRIGGER event_no_delete BEFORE DELETE ON"
    " activations_grant BEGIN SELECT RAISE(ABORT, 'evidence is append-only'); END",
    "one trigger more": "CREATE TRIGGER aaa BEFORE UPDATE ON activations_grant"
    " BEGIN SELECT RAISE(IGNORE); END",
}
WAYS = ON_SQLITE if on_sqlite else ON_POSTGRESQL


@pytest.mark.parametrize("sql", WAYS.values(), ids=WAYS.keys())
def test_an_altered_trigger_is_detected_everywhere_and_restored_with_an_event(
    events: int, sql: str
) -> None:
    try:
        with connection.cursor() as cursor:
            for statement in [sql] if not on_sqlite else sqlite_statements(sql):
                cursor.execute(statement)
        assert problems() == ["activations.E001"]
        with pytest.raises(SystemCheckError, match="not protected"):
            call_command("check")
        with pytest.raises(StartRefused, match="not protected"):
            _require_evidence()
        assert _evidence().state is State.PROBLEM
        call_command("migrate", verbosity=0, interactive=False, skip_checks=False)
    finally:
        clean_up()
    assert problems() == []
    restored = Event.objects.get(kind="evidence.triggers_restored")
    assert restored.details["found"]
    assert verify().holds


def sqlite_statements(sql: str) -> list[str]:
    """Return the statements that drop and create the trigger; the second contains a semicolon."""
    first, _, rest = sql.partition("; CREATE")
    return [first, f"CREATE{rest}"] if rest else [first]


def clean_up() -> None:
    emit_post_migrate_signal(0, False, "default")
    if not on_sqlite:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION IF EXISTS evil()")


def test_migrating_an_intact_database_records_nothing(events: int) -> None:
    call_command("migrate", verbosity=0, interactive=False)
    assert Event.objects.count() == events


def test_check_reports_when_it_could_not_read_the_database() -> None:
    nowhere = {**os.environ, "DATABASE_URL": "postgres://nobody@127.0.0.1:9/nothing"}
    command = [sys.executable, "manage.py", "check", "--settings", "tests.settings"]
    done = subprocess.run(command, env=nowhere, capture_output=True, text=True, check=True)
    assert "The database was not checked, because it does not answer" in done.stderr
