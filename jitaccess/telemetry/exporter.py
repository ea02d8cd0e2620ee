"""OpenTelemetry's SDK, sending to one collector over HTTP."""

from __future__ import annotations

import logging
import time
from threading import Thread

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from googlecloud import accounting
from jitaccess.telemetry.complaints import keep_quiet
from jitaccess.telemetry.counters import Counters
from jitaccess.telemetry.spans import SameTrace, Spans
from jitaccess.version import VERSION

NAME = "jitaccess"
# Of the eight that gunicorn gives a worker, requests included (gunicorn.conf.py).
SECONDS_TO_CLOSE = 2.0


class Exporter:
    """Everything that one process exports, from its start to `close`.

    The SDK's process-wide providers are not used: what other packages would say of themselves
    (addresses with people in them) is not ours to export.
    """

    def __init__(self, address: str, *, instance: str) -> None:
        keep_quiet()
        resource = _resource(instance)
        self._traces = TracerProvider(
            resource=resource, id_generator=SameTrace(), shutdown_on_exit=False
        )
        self._traces.add_span_processor(
            BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{address}/v1/traces"))
        )
        self._metrics = MeterProvider(
            [PeriodicExportingMetricReader(OTLPMetricExporter(endpoint=f"{address}/v1/metrics"))],
            resource=resource,
            shutdown_on_exit=False,
        )
        meter = self._metrics.get_meter(NAME, VERSION)
        self.spans = Spans(self._traces.get_tracer(NAME, VERSION), meter)
        self._counters = Counters(meter)
        logging.getLogger(NAME).addHandler(self._counters)
        accounting.listen(self.spans.google_call)

    def close(self, seconds: float = SECONDS_TO_CLOSE) -> None:
        """Send what is left; a collector that is silent is not waited for."""
        accounting.listen(None)
        logging.getLogger(NAME).removeHandler(self._counters)
        closing = [
            Thread(target=provider.shutdown, name="telemetry-close", daemon=True)
            for provider in (self._traces, self._metrics)
        ]
        for thread in closing:
            thread.start()
        deadline = time.monotonic() + seconds
        for thread in closing:
            thread.join(max(0.0, deadline - time.monotonic()))


def _resource(instance: str) -> Resource:
    """Who reports; OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES go before ours."""
    ours = Resource(
        {"service.name": NAME, "service.version": VERSION, "service.instance.id": instance}
    )
    return ours.merge(OTELResourceDetector().detect())
