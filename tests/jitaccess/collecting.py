"""An OpenTelemetry collector that keeps what it receives, raw and decoded."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from opentelemetry.proto.trace.v1.trace_pb2 import Span


class Collector:
    """Accepts OTLP over HTTP on this machine while the block runs."""

    def __init__(self, *, status: int = 200) -> None:
        self.received: list[tuple[str, bytes]] = []
        received = self.received

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                received.append((self.path, body))
                self.send_response(status)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Collector:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def spans(self) -> list[Span]:
        requests = (ExportTraceServiceRequest.FromString(b) for b in self._at("/v1/traces"))
        return [
            span
            for request in requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    @property
    def metrics(self) -> dict[str, Metric]:
        """Return the last value of each gauge by name."""
        requests = (ExportMetricsServiceRequest.FromString(b) for b in self._at("/v1/metrics"))
        return {
            metric.name: metric
            for request in requests
            for resource in request.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
        }

    @property
    def instances(self) -> set[str]:
        """Return the instances that sent metrics."""
        requests = (ExportMetricsServiceRequest.FromString(b) for b in self._at("/v1/metrics"))
        return {
            str(attributes(list(resource.resource.attributes))["service.instance.id"])
            for request in requests
            for resource in request.resource_metrics
        }

    def counted(self, name: str, **wanted: str) -> int:
        """Return the value of a counter, 0 when it was not exported."""
        points = self.metrics[name].sum.data_points if name in self.metrics else []
        found = (p for p in points if wanted.items() <= attributes(list(p.attributes)).items())
        return sum(point.as_int for point in found)

    def gauges(self) -> dict[str, int]:
        return {
            name: metric.gauge.data_points[0].as_int
            for name, metric in self.metrics.items()
            if metric.gauge.data_points
        }

    def raw(self) -> bytes:
        """Return all bytes received."""
        return b"".join(body for _, body in self.received)

    def _at(self, path: str) -> list[bytes]:
        return [body for at, body in self.received if at == path]


def attributes(pairs: list[KeyValue]) -> dict[str, str | int]:
    return {
        pair.key: pair.value.int_value
        if pair.value.WhichOneof("value") == "int_value"
        else pair.value.string_value
        for pair in pairs
    }
