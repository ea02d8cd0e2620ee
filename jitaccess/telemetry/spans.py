"""Spans of requests, jobs and calls to Google: names from our code and numbers, no personal data.

Ready-made instrumentation records whole addresses, and ours contain people: requests to Google's
directory name e-mail addresses. So this module creates its few spans itself.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.http import HttpRequest, HttpResponse
from opentelemetry.context import Context
from opentelemetry.metrics import Meter
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import SpanKind, Status, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from activations.domain.caller import current_trace
from googlecloud.calls import Call
from jitaccess.telemetry.job_names import JOBS

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# The bounds that OpenTelemetry's semantic conventions give for `http.server.request.duration`.
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
CRON = frozenset(f"/cron/{name}" for name in JOBS)
ERROR = Status(StatusCode.ERROR)  # without description: messages name people


class SameTrace(RandomIdGenerator):
    """Gives traces that begin here the id that our log entries carry."""

    def generate_trace_id(self) -> int:
        return int(current_trace.get() or "0", 16) or super().generate_trace_id()


class Spans:
    """Creates spans and measures the duration of requests."""

    def __init__(self, tracer: Tracer, meter: Meter) -> None:
        self._tracer = tracer
        self._duration = meter.create_histogram(
            "http.server.request.duration",
            "s",
            "Duration of requests",
            explicit_bucket_boundaries_advisory=SECONDS,
        )

    def request(
        self, request: HttpRequest, get_response: Callable[[HttpRequest], HttpResponse]
    ) -> HttpResponse:
        """Return the answer; records a span around it, as a child of the front end's span."""
        started = time.perf_counter()
        with self._tracer.start_as_current_span(
            "HTTP",
            context=_parent(request),
            kind=SpanKind.SERVER,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            response = get_response(request)
            found = _attributes(request, response)
            span.update_name(" ".join(filter(None, (_method(request), _route(request)))))
            span.set_attributes(found)
            if response.status_code >= 500:
                span.set_status(ERROR)
            self._duration.record(time.perf_counter() - started, found)
        return response

    @contextmanager
    def job(self, name: str) -> Iterator[None]:
        """Record a span, and set a trace for log entries inside the block."""
        trace = current_trace.set(secrets.token_hex(16))
        try:
            with self._tracer.start_as_current_span(
                name, record_exception=False, set_status_on_exception=False
            ) as span:
                try:
                    yield
                except BaseException:
                    span.set_status(ERROR)
                    raise
        finally:
            current_trace.reset(trace)

    def google_call(self, call: Call) -> None:
        """Record a span for a call that has just ended, below the span that made it."""
        now = time.time_ns()
        span = self._tracer.start_span(
            call.method,
            kind=SpanKind.CLIENT,
            attributes={"rpc.method": call.method},
            start_time=now - int(call.seconds * 1e9),
        )
        if call.status is not None:
            span.set_attribute("http.response.status_code", call.status)
        if call.status is None or call.status >= 400:
            span.set_status(ERROR)
        span.end(now)


def _parent(request: HttpRequest) -> Context:
    """Return the parent from `traceparent` only; `tracestate` would pass on text that clients choose."""
    carrier = {"traceparent": request.headers.get("traceparent", "")}
    return TraceContextTextMapPropagator().extract(carrier, context=Context())


def _attributes(request: HttpRequest, response: HttpResponse) -> dict[str, str | int]:
    found: dict[str, str | int] = {
        "http.request.method": _method(request),
        "http.response.status_code": response.status_code,
    }
    if route := _route(request):
        found["http.route"] = route
    return found


def _method(request: HttpRequest) -> str:
    return request.method if request.method and request.method in METHODS else "_OTHER"


def _route(request: HttpRequest) -> str:
    """Return the URL pattern, or '' when the request was answered before routing."""
    if request.resolver_match:
        return f"/{request.resolver_match.route}"
    # The endpoint for schedulers is middleware, before the routes.
    return request.path if request.path in CRON else ""
