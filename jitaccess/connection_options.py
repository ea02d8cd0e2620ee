"""Checks the options of a connection to PostgreSQL, which libpq would refuse only when it connects."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from googlecloud.addresses import is_loopback

# https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION
ENCRYPTED = ("require", "verify-ca", "verify-full")
SSL_MODES = ("disable", "allow", "prefer", *ENCRYPTED)
NUMBERS = frozenset(
    {
        *("connect_timeout", "tcp_user_timeout", "keepalives"),
        *("keepalives_idle", "keepalives_interval", "keepalives_count"),
    }
)
# Django takes these out before it connects.
DJANGOS = frozenset({"assume_role", "isolation_level", "prepare_threshold", "server_side_binding"})


def check_options(variable: str, options: Mapping[str, Any]) -> None:
    """Accept options that libpq knows, with values that it can read.

    :raises ImproperlyConfigured: naming the variable and the option, never an address or a value.
    """
    for name, value in options.items():
        text = str(value)
        if name not in DJANGOS and name not in _known():
            raise ImproperlyConfigured(
                f"{variable}: PostgreSQL has no connection option {name!r}."
                " See https://www.postgresql.org/docs/current/libpq-connect.html"
            )
        if name == "sslmode" and text not in SSL_MODES:
            raise ImproperlyConfigured(f"{variable}: sslmode must be one of {_listed(SSL_MODES)}.")
        if name in NUMBERS and not re.fullmatch(r"-?[0-9]{1,9}", text):
            raise ImproperlyConfigured(f"{variable}: {name} must be a whole number.")


def encrypted(host: str, options: dict[str, Any]) -> dict[str, Any]:
    """Return the options with TLS, unless the connection stays on this machine.

    The password is an access token. Sockets and this machine's proxy encrypt themselves.

    :raises ImproperlyConfigured: when the options allow a connection over the network without TLS.
    """
    named = (host, str(options.get("host", "")), str(options.get("hostaddr", "")))
    if all(_is_local(address) for address in named):
        return options
    found = {"sslmode": "require"} | options
    if found["sslmode"] not in ENCRYPTED:
        raise ImproperlyConfigured(
            "DATABASE_IAM_LOGIN=true sends an access token, so the database's address must have sslmode"
            f" {_listed(ENCRYPTED)}, or none, which means require."
        )
    return found


def _is_local(address: str) -> bool:
    return not address or address.startswith("/") or is_loopback(address)


def _listed(names: tuple[str, ...]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"


def _known() -> frozenset[str]:
    # Imported here, because an installation with SQLite needs no driver of PostgreSQL.
    from psycopg.pq import Conninfo  # noqa: PLC0415

    return frozenset(option.keyword.decode() for option in Conninfo.get_defaults())
