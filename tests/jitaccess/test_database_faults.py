"""The driver's errors are translated to what is wrong with the database; our own mistakes are not."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import psycopg
import pytest
from django.db import (
    DatabaseError,
    DataError,
    Error,
    IntegrityError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
    connection,
)
from psycopg import errors

from activations.database_faults import Fault, described, fault_of

STATES = {
    "28P01": Fault.LOGIN,
    "28000": Fault.LOGIN,
    "3D000": Fault.NO_DATABASE,
    "42P01": Fault.SCHEMA,
    "42703": Fault.SCHEMA,
    "42501": Fault.PRIVILEGE,
    "08006": Fault.UNREACHABLE,
    "57P01": Fault.STARTING,
    "57P03": Fault.STARTING,
    "57P04": Fault.NO_DATABASE,
    "53300": Fault.NO_SLOTS,
    "53100": Fault.FULL,
    "53200": Fault.FULL,
    "25006": Fault.READ_ONLY,
    "57014": Fault.SLOW,
    "55P03": Fault.SLOW,
    "40001": Fault.BUSY,
    "40P01": Fault.BUSY,
    "58030": Fault.DAMAGED,
    "XX001": Fault.DAMAGED,
    "42601": None,
    "25P02": None,
    "22001": None,
}
CONNECTING = {
    'connection failed: FATAL:  password authentication failed for user "jit"': Fault.LOGIN,
    'connection failed: FATAL:  role "jit" does not exist': Fault.LOGIN,
    "connection failed: fe_sendauth: no password supplied": Fault.LOGIN,
    'connection failed: FATAL:  database "jit" does not exist': Fault.NO_DATABASE,
    "connection failed: FATAL:  sorry, too many clients already": Fault.NO_SLOTS,
    'connection failed: FATAL:  too many connections for role "jit"': Fault.NO_SLOTS,
    "FATAL:  remaining connection slots are reserved for roles with SUPERUSER": Fault.NO_SLOTS,
    "connection failed: FATAL:  the database system is starting up": Fault.STARTING,
    "connection failed: Connection refused": Fault.UNREACHABLE,
    "connection timeout expired": Fault.UNREACHABLE,
    'connection is bad: invalid sslmode value: "banana"': Fault.OPTION,
    'invalid integer value "5s" for connection option "keepalives_idle"': Fault.OPTION,
    "server closed the connection unexpectedly": Fault.UNREACHABLE,
    "failed to resolve host 'db': Name or service not known": Fault.UNREACHABLE,
}


def wrapped(kind: type[Error], cause: Exception) -> Error:
    error = kind(str(cause))
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(("state", "fault"), STATES.items())
def test_postgresql_names_its_state(state: str, fault: Fault | None) -> None:
    assert fault_of(wrapped(OperationalError, errors.lookup(state)("text"))) is fault


@pytest.mark.parametrize(("text", "fault"), CONNECTING.items())
def test_while_connecting_only_the_text_says_it(text: str, fault: Fault) -> None:
    assert fault_of(OperationalError(text)) is fault


@pytest.mark.parametrize(
    "error",
    [
        IntegrityError("duplicate key"),
        DataError("value too long"),
        ProgrammingError("syntax error"),
        ValueError("The database cannot be reached"),
    ],
)
def test_our_own_mistakes_are_no_faults_of_the_database(error: Exception) -> None:
    assert fault_of(error) is None


@pytest.mark.parametrize(
    "text", ["lost synchronization with server", "cannot allocate memory for input buffer"]
)
def test_what_libpq_gives_up_is_a_lost_connection(text: str) -> None:
    assert fault_of(wrapped(DatabaseError, psycopg.DatabaseError(text))) is Fault.UNREACHABLE
    assert fault_of(DatabaseError("Save with update_fields did not affect any rows.")) is None


def test_an_option_that_psycopg_refuses_is_named() -> None:
    for option in ({"ssl": "true"}, {"connect_timeout": "abc"}):
        with pytest.raises(psycopg.ProgrammingError) as refusal:
            psycopg.connect(host="/nowhere", **option)  # type: ignore[arg-type]  # it is wrong
        fault = fault_of(wrapped(ProgrammingError, refusal.value))
        assert fault is Fault.OPTION
        assert fault.is_definite
    wrong = errors.lookup("42601")("syntax error at 'invalid connection option'")
    assert fault_of(wrapped(ProgrammingError, wrong)) is None


def test_a_closed_connection_is_lost() -> None:
    assert fault_of(InterfaceError("connection already closed")) is Fault.UNREACHABLE


def run_sqlite(path: str, *statements: str) -> None:
    opened = sqlite3.connect(path, uri=True, timeout=0)
    try:
        for statement in statements:
            opened.execute(statement)
    finally:
        opened.close()


def sqlite_error(path: str, *statements: str) -> Error:
    with pytest.raises(sqlite3.Error) as raised:
        run_sqlite(path, *statements)
    return wrapped(OperationalError, raised.value)


def run_sql(sql: str) -> None:
    with connection.cursor() as cursor:
        for statement in sql.split(";"):
            cursor.execute(statement)


def test_sqlite_names_its_code(tmp_path: Path) -> None:
    file = tmp_path / "db.sqlite3"
    made = sqlite3.connect(file)
    made.execute("CREATE TABLE t (x)")
    made.commit()
    writes = "INSERT INTO t VALUES (randomblob(100000))"
    assert fault_of(sqlite_error(f"file:{file}?mode=ro", writes)) is Fault.READ_ONLY
    assert fault_of(sqlite_error(str(file), "PRAGMA max_page_count=2", writes)) is Fault.FULL
    assert fault_of(sqlite_error(str(file), "SELECT * FROM missing")) is Fault.SCHEMA
    assert fault_of(sqlite_error(str(file), "SELEC")) is None
    made.execute("BEGIN EXCLUSIVE")
    assert fault_of(sqlite_error(str(file), writes)) is Fault.SLOW
    made.close()
    assert fault_of(sqlite_error(str(tmp_path / "no" / "db"))) is Fault.UNREACHABLE
    broken = tmp_path / "broken"
    broken.write_bytes(b"no database" * 1000)
    assert fault_of(sqlite_error(str(broken), "SELECT * FROM t")) is Fault.DAMAGED


def test_words_are_one_line() -> None:
    error = OperationalError("connection failed:\n\tIs the server running?")
    assert described(error) == (
        "The database cannot be reached: connection failed: Is the server running?"
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgresql
def test_a_real_server_gives_these_states() -> None:
    causes: dict[str, Fault | None] = {
        "SELECT * FROM missing": Fault.SCHEMA,
        "SET statement_timeout = '1ms'; SELECT pg_sleep(1)": Fault.SLOW,
        "SET default_transaction_read_only = on; DELETE FROM activations_jobrun": Fault.READ_ONLY,
        "SELECT pg_terminate_backend(pg_backend_pid())": Fault.STARTING,
        "SELECT 1": Fault.UNREACHABLE,
        "SELEC": None,
    }
    for sql, fault in causes.items():
        if sql != "SELECT 1":  # which is for the ended connection
            connection.close()  # the next statement has a session of its own
        with pytest.raises(Error) as raised:
            run_sql(sql)
        assert fault_of(raised.value) is fault, sql
    connection.close()
