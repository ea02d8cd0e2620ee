"""What begins with each process that serves, and not before it forks: threads do not survive that."""

from __future__ import annotations

import atexit
import os
import threading

from jitaccess.start_log import log_where_we_run
from jitaccess.telemetry.running import telemetry

_beginning = threading.Lock()
_begun: set[int] = set()


def begin() -> None:
    """Export telemetry and say where we run; does nothing the second time in a process."""
    process = os.getpid()
    if process in _begun:
        return
    with _beginning:
        if process in _begun:
            return
        _begun.add(process)
    telemetry.start()
    atexit.register(telemetry.stop)
    log_where_we_run()


def end() -> None:
    """Send what is left."""
    telemetry.stop()
