"""Django's database settings: PostgreSQL, or SQLite configured so that writers queue instead of failing."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured

from jitaccess.environment import Environment
from jitaccess.runtime import Platform

# IMMEDIATE: a transaction that reads and then writes takes the write lock at its start; with SQLite's
# default, the second such writer fails at once. recursive_triggers: makes INSERT OR REPLACE fire the
# triggers that keep the evidence append-only.
SQLITE_OPTIONS = {
    "timeout": 20,
    "transaction_mode": "IMMEDIATE",
    "init_command": (
        "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA recursive_triggers=ON;"
        "PRAGMA busy_timeout=20000;"
    ),
}
# When the database is unreachable, a request fails instead of blocking its thread for minutes: while
# connecting (seconds), and when the network swallows what is sent (milliseconds).
POSTGRESQL_OPTIONS = {"connect_timeout": 10, "tcp_user_timeout": 20_000}
ENGINE = "jitaccess.postgresql"


def database_settings(
    env: Environment, *, allow_sqlite: bool, platform: Platform
) -> dict[str, Any]:
    """Return the settings of the default database.

    :raises ImproperlyConfigured: for SQLite on a platform that deletes the disk with the instance.
    """
    config = env.database("DATABASE_URL", "sqlite:///db.sqlite3")
    if config["ENGINE"].endswith("sqlite3"):
        if not allow_sqlite:
            raise ImproperlyConfigured(
                f"SQLite on {platform.value} loses the history with the instance. Set DATABASE_URL to"
                " postgres://USER:PASSWORD@//cloudsql/PROJECT:REGION:INSTANCE/NAME, or"
                " ALLOW_SQLITE=true if the file is on a persistent disk."
            )
        return config | {"OPTIONS": SQLITE_OPTIONS}
    options = POSTGRESQL_OPTIONS | config.get("OPTIONS", {})
    return config | {
        "ENGINE": ENGINE,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }
