"""OpenTelemetry's SDK, exporting to one collector over HTTP."""

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

from googlecloud import calls
from jitaccess.telemetry.complaints import keep_quiet
from jitaccess.telemetry.counters import Counters
from jitaccess.telemetry.spans import SameTrace, Spans
from jitaccess.version import VERSION

NAME = "jitaccess"
# Part of the eight seconds that gunicorn gives a worker to stop, requests included (gunicorn.conf.py).
SECONDS_TO_CLOSE = 2.0


class Exporter:
    """All telemetry that one process exports, from its start to `close`.

    The SDK's process-wide providers are not used: other packages would report through them, with
    addresses that contain people, which this product must not export.
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
        calls.listen(self.spans.google_call)

    def close(self, seconds: float = SECONDS_TO_CLOSE) -> None:
        """Export what is left; does not wait for a collector that does not answer."""
        calls.listen(None)
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
    """Return the attributes of this process; OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES take precedence."""
    ours = Resource(
        {"service.name": NAME, "service.version": VERSION, "service.instance.id": instance}
    )
    return ours.merge(OTELResourceDetector().detect())
