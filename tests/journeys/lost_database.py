"""Takes the database away while the application uses it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import OperationalError, connection

from simulator import Simulator
from tests.conftest import PersonClient

ON_POSTGRESQL = connection.vendor == "postgresql"


class Lost:
    """The test's database, which another client disconnects or locks."""

    def __init__(self) -> None:
        self._other: Any = None

    def lose(self) -> None:
        """PostgreSQL ends all sessions and accepts no new ones; SQLite is locked by another process."""
        if not ON_POSTGRESQL:
            self._other = sqlite3.connect(
                connection.settings_dict["NAME"], isolation_level=None, check_same_thread=False
            )
            self._other.execute("BEGIN EXCLUSIVE")
            return
        self._admin("ALTER DATABASE {} ALLOW_CONNECTIONS false")
        ended = "SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity"  # waits for the end
        self._admin(ended + " WHERE datname = '{}'")

    def find(self) -> None:
        """Make it usable again."""
        if self._other:
            self._other.close()
            self._other = None
        if ON_POSTGRESQL:
            self._admin("ALTER DATABASE {} ALLOW_CONNECTIONS true")
            connection.close()

    def _admin(self, sql: str) -> None:
        kept = connection.settings_dict
        with psycopg.connect(
            host=kept["HOST"] or None,
            port=kept["PORT"] or None,
            user=kept["USER"] or None,
            password=kept["PASSWORD"] or None,
            dbname="postgres",
            autocommit=True,
        ) as admin:
            admin.execute(sql.format(kept["NAME"]))


@contextmanager
def lost_at(simulated: Simulator, api: str, **fault: Any) -> Iterator[Lost]:
    """Lose the database at the next call of this API of Google, which then answers as it would."""
    lost = Lost()
    if not ON_POSTGRESQL:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout=50")  # a request waits for twenty seconds

    def once(_: object) -> bool:
        lost.lose()
        return bool(fault)

    simulated.faults.add(api, when=once, times=None, **fault)
    try:
        yield lost
    finally:
        simulated.faults.clear()
        lost.find()
        if not ON_POSTGRESQL:
            connection.close()


@contextmanager
def failing_from(statement: int) -> Iterator[None]:
    """Let this statement and all later ones fail, counted from 1, as when a connection breaks."""
    count = 0

    def fail(execute: Callable[..., Any], *arguments: Any) -> Any:
        nonlocal count
        count += 1
        if count >= statement:
            # Django wraps the error of the driver.
            lost = "server closed the connection unexpectedly"
            raise OperationalError(lost) from psycopg.OperationalError(lost)
        return execute(*arguments)

    with connection.execute_wrapper(fail):
        yield


def answered(person: PersonClient) -> PersonClient:
    """Let Django answer exceptions of middleware, as a server does."""
    person.raise_request_exception = False
    return person
