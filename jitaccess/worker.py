"""Starts what each serving process needs; runs after the fork, because threads do not survive it."""

from __future__ import annotations

import atexit
import gc
import os
import threading

from jitaccess.start_log import log_where_we_run
from jitaccess.telemetry.running import telemetry

_beginning = threading.Lock()
_begun: set[int] = set()


def begin() -> None:
    """Start telemetry and log where this instance runs; later calls in the same process do nothing."""
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
    # What is loaded now stays: without this, each full collection walks all modules and classes, which
    # takes tens of milliseconds in the middle of a request.
    gc.collect()
    gc.freeze()
    gc.enable()  # gunicorn.conf.py disables it while the application loads


def end() -> None:
    """Export the telemetry that is left."""
    telemetry.stop()
