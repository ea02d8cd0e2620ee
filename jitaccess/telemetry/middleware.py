"""Passes each request to the exporter, if there is one."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse

from jitaccess.telemetry.running import telemetry
from jitaccess.tracing import QUIET


class TelemetryMiddleware:
    """Runs inside `TracingMiddleware`, whose trace the span uses; skips probes and static files."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if not settings.OTEL_EXPORTER_OTLP_ENDPOINT:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        exporter = telemetry.exporter
        if exporter is None or request.path.startswith(QUIET):
            return self.get_response(request)
        return exporter.spans.request(request, self.get_response)
