"""Limits the log lines about a collector that does not answer to one an hour."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

logger = logging.getLogger("jitaccess.telemetry")

PAUSE = 3600.0


class Complaints(logging.Handler):
    """Receives what the SDK logs, and passes on at most one entry an hour."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(logging.WARNING)
        self._clock = clock
        self._quiet_until = float("-inf")

    def emit(self, record: logging.LogRecord) -> None:
        if self._clock() < self._quiet_until:
            return
        self._quiet_until = self._clock() + PAUSE
        logger.warning(
            "Telemetry is not exported (logged once an hour): %s",
            record.getMessage(),
            extra={"event": "telemetry.failed"},
        )


def keep_quiet() -> None:
    """Log nothing more until the process ends: the SDK may still report errors while it shuts down."""
    sdk = logging.getLogger("opentelemetry")
    sdk.handlers = [Complaints()]
    sdk.propagate = False
