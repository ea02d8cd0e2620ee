"""Django's database settings: PostgreSQL, or SQLite configured so that writers queue instead of failing."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured

from googlecloud.cloud import Cloud
from jitaccess.connection_options import encrypted
from jitaccess.environment import Environment, database_config
from jitaccess.runtime import Platform
from jitaccess.secret_texts import secret_text

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


DEFAULT = "sqlite:///db.sqlite3"


def database_settings(
    env: Environment, *, allow_sqlite: bool, platform: Platform, cloud: Cloud
) -> dict[str, Any]:
    """Return the settings of the default database.

    :raises ImproperlyConfigured: for SQLite on a platform that deletes the disk with the instance, or
        when Secret Manager does not return the URL, or when an access token would be sent without TLS.
    """
    config = _config(env, cloud)
    logs_in_with_iam = env.boolean("DATABASE_IAM_LOGIN", default=False)
    if config["ENGINE"].endswith("sqlite3"):
        if logs_in_with_iam:
            raise ImproperlyConfigured(
                "DATABASE_IAM_LOGIN=true is for PostgreSQL of Cloud SQL; DATABASE_URL is SQLite."
            )
        if not allow_sqlite:
            raise ImproperlyConfigured(
                f"SQLite on {platform.value} loses the history with the instance. Set"
                " DATABASE_URL_SECRET to the secret that holds the address of PostgreSQL (or DATABASE_URL"
                " to postgres://USER:PASSWORD@//cloudsql/PROJECT:REGION:INSTANCE/NAME), or"
                " ALLOW_SQLITE=true if the file is on a persistent disk."
            )
    return backend_settings(config, logs_in_with_iam=logs_in_with_iam)


def backend_settings(config: dict[str, Any], *, logs_in_with_iam: bool = False) -> dict[str, Any]:
    """Return the settings of a database with what our backends need."""
    if config["ENGINE"].endswith("sqlite3"):
        return config | {"OPTIONS": SQLITE_OPTIONS}
    options = POSTGRESQL_OPTIONS | config.get("OPTIONS", {})
    return config | {
        "ENGINE": ENGINE,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": encrypted(config["HOST"], options) if logs_in_with_iam else options,
        "IAM_LOGIN": logs_in_with_iam,
    }


def _config(env: Environment, cloud: Cloud) -> dict[str, Any]:
    secret = env.text("DATABASE_URL_SECRET")
    if secret and not env.is_set("DATABASE_URL"):
        url = secret_text("DATABASE_URL_SECRET", secret, cloud)
        return database_config("DATABASE_URL_SECRET", url)
    return env.database("DATABASE_URL", DEFAULT)
