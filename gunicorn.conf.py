"""The HTTP server: one address, threaded workers, and a stop within Cloud Run's ten seconds."""

import gc
import os
import re
import sys
from importlib import import_module
from typing import Any


def _workers() -> int:
    """Refuse 0, which gunicorn would accept and then serve nobody. It refuses other text before it reads this file."""
    text = os.environ.get("WEB_CONCURRENCY", "").strip() or "1"
    if not re.fullmatch(r"0*[1-9][0-9]{0,2}", text):
        _refuse(f"WEB_CONCURRENCY must be a number of worker processes, 1 or more, not {text!r}.")
    return int(text)


def _port() -> int:
    """Refuse what cannot be listened on, which would end with a traceback."""
    text = os.environ.get("PORT", "").strip() or "8080"
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 1 <= int(text) <= 65535:
        _refuse(f"PORT must be a number from 1 to 65535, not {text!r}.")
    return int(text)


def _refuse(problem: str) -> None:
    """End the server as every start that is refused, with one entry of the log."""
    # Imported only here, because the process that starts workers stays small without Django.
    sys.path.insert(0, os.path.dirname(__file__))  # noqa: PTH120
    refusal = import_module("jitaccess.refusal")
    with refusal.refusing():
        raise refusal.StartRefused([problem])


def _memory_folder(folder: str) -> str | None:
    """Return a folder in memory for the heartbeat file, which would block the worker for seconds on a slow disk."""
    return folder if os.access(folder, os.W_OK) else None


bind = f"0.0.0.0:{_port()}"
workers = _workers()
# gunicorn's threaded worker, with limits for slow clients.
worker_class = "jitaccess.http_worker.LimitedWorker"
threads = 8

# Longer than the slowest regular answer (a write to IAM may take thirty seconds); a stuck worker is replaced.
timeout = 60
# Cloud Run and App Engine kill processes ten seconds after SIGTERM.
graceful_timeout = 8
# Google's load balancers keep idle connections for 600 seconds; if the server closed first, requests would be lost.
keepalive = 620

# IAP's assertion is a long header; links of the original contain a long token in the address.
limit_request_line = 8190
limit_request_field_size = 16380
limit_request_fields = 100

# Django alone decides what X-Forwarded-Proto means.
forwarded_allow_ips = ""
# The application writes its own log, one JSON object per line, on standard output.
accesslog = None
errorlog = "-"
logger_class = "jitaccess.server_log.ServerLog"
# gunicorn's own messages in the same form.
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "root": {"level": "INFO", "handlers": []},
    "formatters": {"cloud": {"()": "jitaccess.logging.CloudLoggingFormatter"}},
    "handlers": {"cloud": {"class": "jitaccess.logging.OneWriteHandler", "formatter": "cloud"}},
    "loggers": {"gunicorn.error": {"handlers": ["cloud"], "level": "INFO", "propagate": False}},
}
# Write nothing under HOME: the container's file system is read-only.
control_socket_disable = True
worker_tmp_dir = _memory_folder("/dev/shm")  # noqa: S108 - not a guessable file


def post_fork(server: Any, worker: Any) -> None:  # noqa: ARG001 - the names are gunicorn's
    """Collect no garbage while the application loads, which takes a quarter of the time and finds nothing."""
    gc.disable()


def post_worker_init(worker: Any) -> None:  # noqa: ARG001 - the name is gunicorn's
    """Start background work in the worker, because threads do not survive the fork of a preloaded application."""
    import_module("jitaccess.worker").begin()


def worker_exit(server: Any, worker: Any) -> None:  # noqa: ARG001 - the names are gunicorn's
    """Stop background work after the last answer, within the time that `graceful_timeout` leaves."""
    import_module("jitaccess.worker").end()
