"""The HTTP server: one address, threaded workers, and a stop within Cloud Run's ten seconds."""

import os
from importlib import import_module
from pathlib import Path
from typing import Any

bind = f"0.0.0.0:{os.environ.get('PORT') or 8080}"
workers = int(os.environ.get("WEB_CONCURRENCY") or 1)
worker_class = "gthread"
threads = 8

# Longer than the slowest honest answer (a write to IAM has thirty seconds); a stuck worker is replaced.
timeout = 60
# Cloud Run and App Engine kill what still runs ten seconds after SIGTERM.
graceful_timeout = 8
# Google's load balancers keep idle connections for 600 seconds; whoever closes first loses a request.
keepalive = 620

# IAP's assertion is a long header, links of the original carry a long token in the address.
limit_request_line = 8190
limit_request_field_size = 16380
limit_request_fields = 100

# Django alone decides what X-Forwarded-Proto means.
forwarded_allow_ips = ""
# The application writes its own log, one JSON object per line, on standard output.
accesslog = None
errorlog = "-"
# Nothing is written under HOME: the container's file system is read-only.
control_socket_disable = True
# The heartbeat file belongs in memory; on a slow disk it stops the worker for seconds.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - not a guessable file


def post_worker_init(worker: Any) -> None:  # noqa: ARG001 - the name is gunicorn's
    """In the worker, not in the application: threads do not survive the fork of a preloaded one."""
    import_module("jitaccess.telemetry.running").telemetry.start()
    import_module("jitaccess.start_log").log_where_we_run()


def worker_exit(server: Any, worker: Any) -> None:  # noqa: ARG001 - the names are gunicorn's
    """After the last answer, within the time that `graceful_timeout` leaves."""
    import_module("jitaccess.telemetry.running").telemetry.stop()
