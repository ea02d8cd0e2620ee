"""Opens connections again for a moment while the server has no free one, and logs in to Cloud SQL with IAM.

Kept connections that are in use are checked without asking the server.
"""

from __future__ import annotations

import random
import select
import time
from datetime import UTC
from typing import Any

from django.db import OperationalError
from django.db.backends.postgresql import base
from psycopg import OperationalError as DriverError
from psycopg.types.datetime import TimestamptzLoader

from activations.database_faults import Fault, fault_of
from eligibility import providers
from googlecloud.errors import GoogleCloudError

# During an upgrade two versions are connected, and a transaction of ours takes milliseconds.
PAUSES = (0.1, 0.2, 0.4, 0.8)
# After a longer pause the server is asked: what lies between may have dropped the connection silently.
TRUSTED_SECONDS = 5.0


class DatabaseWrapper(base.DatabaseWrapper):
    """Tries for 1.5 seconds (± half) before it reports that the server has no free connection.

    With `IAM_LOGIN` in its settings, the password of each new connection is an access token, which
    Cloud SQL checks only while connecting.
    """

    health_check_done: bool
    _worked_at = float("-inf")

    def close_if_health_check_failed(self) -> None:
        """Ask the server in the first statement of a request, as Django does, but not while the connection is in use.

        A server that stops, restarts or closes the connection says so on it.
        """
        if self.connection is not None and not self.health_check_done:
            self.health_check_done = self._is_quiet()
        super().close_if_health_check_failed()

    def is_usable(self) -> bool:
        found: bool = super().is_usable()
        if found:
            self._worked_at = time.monotonic()
        return found

    def _is_quiet(self) -> bool:
        """Return whether the connection was used a moment ago, and nothing has arrived on it since."""
        now = time.monotonic()
        if now - self._worked_at > TRUSTED_SECONDS or self.connection.closed:
            return False
        poll = select.poll()
        poll.register(self.connection.fileno(), select.POLLIN | select.POLLRDHUP)
        return not poll.poll(0)

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        if self.settings_dict.get("IAM_LOGIN"):
            params["password"] = _access_token()
        return params

    def get_new_connection(self, conn_params: Any) -> Any:
        for pause in PAUSES:
            try:
                return super().get_new_connection(conn_params)
            except DriverError as error:
                if not _lacks_slots(error):
                    raise
            time.sleep(pause * (0.5 + random.random()))  # noqa: S311  # spreads clients, guards nothing
        return super().get_new_connection(conn_params)

    def create_cursor(self, name: str | None = None) -> Any:
        """Return a cursor; one of the server, for many rows, reads times in compiled code.

        Django's own reader of times, which knows other time zones than UTC, takes a third of an export.
        """
        cursor = super().create_cursor(name)
        if name and self.timezone == UTC:
            cursor.adapters.register_loader("timestamptz", TimestamptzLoader)
        return cursor


def _lacks_slots(error: DriverError) -> bool:
    return fault_of(OperationalError(str(error))) is Fault.NO_SLOTS


def _access_token() -> str:
    try:
        return providers.cloud().access_token()
    except GoogleCloudError as error:
        reason = str(error)
    raise DriverError(f"no access token to log in with: {reason}")
