"""Connects log lines to the request that caused them, and logs the request itself."""

from __future__ import annotations

import logging
import os
import re
import secrets
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from activations.domain.caller import current_caller, current_trace, own_trace
from googlecloud.calls import tally

logger = logging.getLogger("jitaccess.request")

TRACE_ID = re.compile(r"(?!0{32})[0-9a-f]{32}")
QUIET = ("/static/", "/health/", "/_ah/warmup")

_told: dict[str, str] = {}


def remember_project_id(project_id: str) -> None:
    """Keep the project id that the metadata server returned; the names of traces contain it."""
    _told["project"] = project_id


def known_project_id() -> str:
    """Return the application's own project, or '' before the metadata server was called."""
    return os.environ.get("GOOGLE_CLOUD_PROJECT", "") or _told.get("project", "")


class TracingMiddleware:
    """The outermost middleware: sets the trace, times the request, and clears its context afterwards."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        own_id = secrets.token_hex(16)
        own = own_trace.set(own_id)
        trace = current_trace.set(client_trace(request) or own_id)
        caller = current_caller.set(None)
        started = time.perf_counter()
        try:
            with tally() as calls:
                response = self.get_response(request)
            if not request.path.startswith(QUIET):
                self._log(request, response, time.perf_counter() - started, calls.calls)
        finally:
            current_caller.reset(caller)
            current_trace.reset(trace)
            own_trace.reset(own)
        return response

    def _log(
        self, request: HttpRequest, response: HttpResponse, seconds: float, calls: int
    ) -> None:
        logger.info(
            "%s %s %s",
            request.method,
            request.path,
            response.status_code,
            extra={
                "event": "http.request",
                "labels": {"google_calls": calls},
                "http_request": {
                    "requestMethod": request.method,
                    "requestUrl": request.path,
                    "status": response.status_code,
                    "latency": f"{seconds:.3f}s",
                },
            },
        )


def client_trace(request: HttpRequest) -> str:
    """Return 32 hexadecimal digits from the headers of clients and Google's front ends, or ''."""
    candidates = (
        request.headers.get("traceparent", "").partition("-")[2].partition("-")[0],
        request.headers.get("X-Cloud-Trace-Context", "").partition("/")[0],
    )
    return next((c for c in candidates if TRACE_ID.fullmatch(c)), "")
