"""Migrations run while the old version serves people, and outlast deadlocks with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import OperationalError, connection

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.one_database]


def deadlock_once() -> Callable[..., Any]:
    """Return a wrapper that ends the first attempt at its first statement about triggers."""
    left = [1]

    def end(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if left and "trigger" in sql.lower():
            left.pop()
            told = "deadlock detected"
            raise OperationalError(told) from psycopg.errors.DeadlockDetected(told)
        return execute(sql, *rest)

    return end


def migrate() -> None:
    call_command("migrate", verbosity=0, interactive=False)


def test_a_deadlock_with_the_old_version_is_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with connection.execute_wrapper(deadlock_once()):
        migrate()
    (told,) = [one.getMessage() for one in caplog.records if one.name == "jitaccess.migrations"]
    assert told.endswith("at the same time: deadlock detected. migrate tries again")


def test_another_failure_is_not_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    def fail(*_: Any) -> None:
        raise OperationalError("disk I/O error")

    with connection.execute_wrapper(fail), pytest.raises(OperationalError):
        migrate()
    assert "tries again" not in caplog.text
