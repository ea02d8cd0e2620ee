"""The database itself refuses to change evidence, also for those who come around the application."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.core.management.sql import emit_post_migrate_signal
from django.db import DatabaseError, connection, transaction

from activations.evidence.recording import Step, record
from activations.evidence.triggers import installed_triggers, remove_triggers, wanted_triggers
from activations.models import Event
from tests.activations.rows import NOON

on_sqlite = connection.vendor == "sqlite"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def events() -> int:
    """How many events there are."""
    for kind in ("first", "second"):
        with transaction.atomic():
            record(Step(kind=kind, at=NOON))
    return 2


def refused(statement: str, *parameters: str | int) -> str:
    """What the database says to a statement that it must refuse."""
    with pytest.raises(DatabaseError) as refusal, connection.cursor() as cursor:
        cursor.execute(statement, parameters)
    return str(refusal.value)


COLUMNS = (
    "sequence, at, kind, project_id, role, beneficiary_email, actor_email, actor_subject, was,"
    " became, comment, details, previous_hash, hash"
)
ROW = "%s, '2030-01-01 12:00:00', 'forged', '', '', '', '', '', '', '', '', '{}', %s, %s"


def test_changing_is_refused(events: int) -> None:
    assert "append-only" in refused("UPDATE activations_event SET comment = 'x'")
    assert "append-only" in refused("UPDATE activations_event SET hash = hash WHERE sequence = 2")


def test_deleting_is_refused(events: int) -> None:
    assert "append-only" in refused("DELETE FROM activations_event")
    assert "append-only" in refused("DELETE FROM activations_event WHERE sequence = 2")
    assert Event.objects.count() == events


def test_emptying_is_refused(events: int) -> None:
    word = "DELETE FROM" if on_sqlite else "TRUNCATE"
    assert "append-only" in refused(f"{word} activations_event")
    assert Event.objects.count() == events


@pytest.mark.parametrize("sequence", [1, 2, 4, 0, -1, 1000])
def test_a_row_out_of_turn_is_refused(events: int, sequence: int) -> None:
    last = Event.objects.get(sequence=2).hash
    row = f"INSERT INTO activations_event ({COLUMNS}) VALUES ({ROW})"
    refused(row, sequence, last, "0" * 64)
    assert Event.objects.count() == events


def test_a_row_that_does_not_continue_the_chain_is_refused(events: int) -> None:
    row = f"INSERT INTO activations_event ({COLUMNS}) VALUES ({ROW})"
    assert "continues the chain" in refused(row, 3, "f" * 64, "0" * 64)
    with connection.cursor() as cursor:
        cursor.execute(row, (3, Event.objects.get(sequence=2).hash, "0" * 64))
    assert Event.objects.count() == 3


@pytest.mark.parametrize("recursive", ["ON", "OFF"])
def test_replacing_a_row_is_refused_on_any_connection(events: int, recursive: str) -> None:
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
    """The triggers are gone, as after a table was remade."""
    remove_triggers(connection)
    yield
    call_command("migrate", verbosity=0, interactive=False)


def problems() -> list[str | None]:
    return [problem.id for problem in run_checks(tags=["database"], databases=["default"])]


def test_a_check_finds_missing_triggers(unprotected: None) -> None:
    assert installed_triggers(connection) == set()
    assert "activations.E001" in problems()


def test_each_trigger_is_missed(unprotected: None) -> None:
    (error,) = [
        problem
        for problem in run_checks(tags=["database"], databases=["default"])
        if problem.id == "activations.E001"
    ]
    assert all(name in error.msg for name in wanted_triggers(connection))


def test_every_migration_puts_them_back(unprotected: None) -> None:
    call_command("migrate", verbosity=0, interactive=False)
    assert installed_triggers(connection) == set(wanted_triggers(connection))
    assert problems() == []


def test_a_remade_table_gets_its_triggers_back_with_the_migration(events: int) -> None:
    if on_sqlite:
        with connection.schema_editor() as editor:
            editor._remake_table(Event)  # type: ignore[attr-defined]  # SQLite's, as AddField does
    else:
        remove_triggers(connection)  # PostgreSQL alters tables in place
    assert installed_triggers(connection) == set()
    emit_post_migrate_signal(0, False, "default")
    assert installed_triggers(connection) == set(wanted_triggers(connection))
    refused("DELETE FROM activations_event")


def test_a_disabled_trigger_counts_as_missing(events: int) -> None:
    if on_sqlite:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER event_no_update")
    else:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE activations_event DISABLE TRIGGER event_no_update")
    try:
        assert problems() == ["activations.E001"]
    finally:
        remove_triggers(connection)
        if not on_sqlite:
            with connection.cursor() as cursor:
                cursor.execute("DROP TRIGGER IF EXISTS event_no_update ON activations_event")
        call_command("migrate", verbosity=0, interactive=False)
    assert problems() == []
