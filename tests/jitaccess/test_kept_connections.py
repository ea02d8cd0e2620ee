"""A kept connection to PostgreSQL is replaced when the server closed it, and not asked while it is in use."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from django.db import connection

from jitaccess.postgresql.base import TRUSTED_SECONDS, DatabaseWrapper

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db]


@pytest.fixture
def kept() -> Iterator[DatabaseWrapper]:
    """A connection of a serving thread, which has answered a request."""
    wrapper = DatabaseWrapper(connection.settings_dict | {"CONN_HEALTH_CHECKS": True})
    request(wrapper)
    yield wrapper
    wrapper.close()


def request(database: DatabaseWrapper) -> int:
    """Do what a request does with its connection, and return the server's process."""
    database.close_if_unusable_or_obsolete()
    return ask(database, "SELECT pg_backend_pid()")


def ask(database: DatabaseWrapper, statement: str) -> int:
    with database.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.fetchone()[0])


def last_statement(process: int) -> object:
    with connection.cursor() as cursor:
        cursor.execute("SELECT query FROM pg_stat_activity WHERE pid = %s", [process])
        return cursor.fetchone()[0]


def test_a_connection_that_the_server_closed_is_replaced_without_an_error(kept):
    process = request(kept)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [process])
    assert request(kept) != process


@pytest.mark.parametrize(("idle", "is_asked"), [(0, False), (TRUSTED_SECONDS + 1, True)])
def test_only_a_connection_that_was_idle_is_asked(kept, idle, is_asked, monkeypatch):
    process = request(kept)
    ask(kept, "SELECT 17")
    later = time.monotonic() + idle
    monkeypatch.setattr(time, "monotonic", lambda: later)
    kept.close_if_unusable_or_obsolete()
    kept.close_if_health_check_failed()
    assert last_statement(process) == ("SELECT 1" if is_asked else "SELECT 17")
