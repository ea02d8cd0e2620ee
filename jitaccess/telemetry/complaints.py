"""A collector that does not answer is worth one line an hour, not one per batch."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

logger = logging.getLogger("jitaccess.telemetry")

PAUSE = 3600.0


class Complaints(logging.Handler):
    """Takes what the SDK logs, and passes little of it on."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(logging.WARNING)
        self._clock = clock
        self._quiet_until = float("-inf")

    def emit(self, record: logging.LogRecord) -> None:
        if self._clock() < self._quiet_until:
            return
        self._quiet_until = self._clock() + PAUSE
        logger.warning(
            "Telemetry is not exported (said once an hour): %s",
            record.getMessage(),
            extra={"event": "telemetry.failed"},
        )


def keep_quiet() -> None:
    """From now on until the process ends: the SDK may still complain while it is closed."""
    sdk = logging.getLogger("opentelemetry")
    sdk.handlers = [Complaints()]
    sdk.propagate = False
