"""Log lines for Cloud Logging: one JSON object per line on standard output, written in one call."""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
import traceback
from typing import Any

from activations.domain.caller import current_caller, current_trace, own_trace
from jitaccess.tracing import known_project_id

SEVERITIES = {
    logging.DEBUG: "DEBUG",
    logging.INFO: "INFO",
    logging.WARNING: "WARNING",
    logging.ERROR: "ERROR",
    logging.CRITICAL: "CRITICAL",
}


class CloudLoggingFormatter(logging.Formatter):
    """Formats message, severity, labels and trace as the original application does.

    Labels come from `extra={"event": …, "labels": {…}}` and from the caller of the current request.
    """

    def format(self, record: logging.LogRecord) -> str:
        message = record.getMessage()
        if record.exc_info:
            message += "\n" + "".join(traceback.format_exception(*record.exc_info)).rstrip()
        entry: dict[str, Any] = {
            "severity": SEVERITIES.get(record.levelno, "DEFAULT"),
            "message": message,
            "logging.googleapis.com/labels": self._labels(record),
            "logging.googleapis.com/trace": _trace(),
        }
        if (own := own_trace.get()) and own != current_trace.get():
            entry["own_trace"] = own  # the trace in the evidence
        if http := getattr(record, "http_request", None):
            entry["httpRequest"] = http
        if metrics := getattr(record, "metrics", None):
            entry["metrics"] = metrics
        return json.dumps(entry, ensure_ascii=False, default=str)

    def _labels(self, record: logging.LogRecord) -> dict[str, str]:
        caller = getattr(record, "caller", None) or current_caller.get()
        labels = {"event": getattr(record, "event", record.name)}
        labels |= caller.labels if caller else {}
        labels |= getattr(record, "labels", {})
        return {name: str(value) for name, value in labels.items()}


def _trace() -> str | None:
    """Return `projects/P/traces/ID`, the only form that Cloud Logging uses for correlation."""
    trace, project = current_trace.get(), known_project_id()
    return f"projects/{project}/traces/{trace}" if trace and project else trace or None


class OneWriteHandler(logging.Handler):
    """Writes a line and its line feed in one call, so that concurrent entries never mix."""

    def __init__(self) -> None:
        super().__init__()
        self._writing = threading.Lock()

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = (self.format(record) + "\n").encode("utf-8", "backslashreplace")
            with self._writing:
                self._write(line)
        except Exception:  # noqa: BLE001  # logging must never break what it logs
            self.handleError(record)

    def _write(self, line: bytes) -> None:
        sys.stdout.flush()
        descriptor = sys.stdout.fileno()
        while line:
            line = line[os.write(descriptor, line) :]


def configure(_: dict[str, Any]) -> None:
    """Send every logger to standard output; replaces Django's mail and console handlers."""
    handler = OneWriteHandler()
    handler.setFormatter(CloudLoggingFormatter())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    # google-auth warns on every metadata call about time-outs that it does not apply there.
    logging.getLogger("google.auth").setLevel(logging.ERROR)
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    # Our clients raise Google's refusals as their own errors, which are logged where they are handled.
    logging.getLogger("googleapiclient.http").setLevel(logging.ERROR)
    # Our own middleware answers and logs refusals.
    logging.getLogger("django.request").setLevel(logging.CRITICAL)
    logging.getLogger("django.security").setLevel(logging.ERROR)
