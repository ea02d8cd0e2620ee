"""The server's workers and the jobs export telemetry until they end; by default nothing."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Mapping

import pytest
from django.core.exceptions import ImproperlyConfigured
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from jitaccess.environment import Environment
from jitaccess.telemetry.collector import collector as address_of
from simulator import Simulator
from tests.jitaccess.collecting import Collector
from tests.jitaccess.served import run, serving
from tests.jitaccess.start import LEAST
from tests.journeys.shop import ACTIVATE, activation_body
from tests.ledger.server import environment

pytestmark = pytest.mark.one_database


AUDIENCE = {"IAP_AUDIENCE": "/projects/1/apps/p"}
# What gunicorn does in each worker, and every module that requests need.
WORKER = """
import runpy, sys, django
django.setup()
from django.core.handlers.wsgi import WSGIHandler
from django.urls import get_resolver
import googlecloud.clients
WSGIHandler(), get_resolver().url_patterns
runpy.run_path("gunicorn.conf.py")["post_worker_init"](None)
late = {"opentelemetry", "pydantic", "yaml", "celpy"}
print([name for name in sys.modules if name.partition(".")[0] in late])
"""
ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as collector:
        yield collector


@pytest.mark.parametrize(
    "variables", [{}, {ENDPOINT: NOBODY, "OTEL_SDK_DISABLED": "true"}], ids=["default", "disabled"]
)
def test_libraries_for_a_collector_and_for_access_policies_are_not_loaded_without_them(
    variables: Mapping[str, str],
) -> None:
    ended = run({**LEAST, **AUDIENCE, **variables}, "-c", WORKER)
    assert ended.stdout.splitlines()[-1:] == ["[]"], ended.stderr


@pytest.mark.django_db(transaction=True)
def test_a_worker_exports_what_it_did_when_it_ends(
    simulated: Simulator, collector: Collector
) -> None:
    variables = environment(simulated, port=8080, workers=1) | {ENDPOINT: collector.address}
    with serving(variables) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        assertion = simulated.assertion("alice@example.com", audience=simulated.audience)
        headers = {
            "Content-Type": "application/json",
            "X-JITACCESS": "1",
            "X-Goog-IAP-JWT-Assertion": assertion,
        }
        connection.request("POST", ACTIVATE, json.dumps(activation_body()), headers)
        assert connection.getresponse().status == 200
        connection.close()
    kinds = [span.kind for span in collector.spans]
    assert kinds.count(Span.SPAN_KIND_SERVER) == 1
    assert Span.SPAN_KIND_CLIENT in kinds
    assert collector.counted("jitaccess.activations") == 1
    for secret in (b"alice", b"CASE-123", b"eyJ"):
        assert secret not in collector.raw()


@pytest.mark.django_db(transaction=True)
def test_a_job_exports_its_numbers_before_it_ends(
    simulated: Simulator, collector: Collector
) -> None:
    variables = environment(simulated, port=8080, workers=1) | {ENDPOINT: collector.address}
    ended = run(variables, "manage.py", "deliver")
    assert ended.returncode == 0, ended.stderr
    assert "jitaccess.queue_age_seconds" in collector.gauges()
    assert collector.instances == {"deliver"}
    assert [span.name for span in collector.spans] == ["deliver"]


@pytest.mark.django_db(transaction=True)
def test_a_job_does_its_work_when_the_collector_takes_nothing(simulated: Simulator) -> None:
    with Collector(status=400) as refusing:
        variables = environment(simulated, port=8080, workers=1) | {ENDPOINT: refusing.address}
        ended = run(variables, "manage.py", "deliver")
    assert len(refusing.received) == 2
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.count("Telemetry is not exported") == 1


@pytest.mark.parametrize("value", ["localhost:4318", "grpc://localhost:4317"])
def test_what_is_no_address_stops_the_start(value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"{ENDPOINT} must be an address"):
        address_of(Environment({ENDPOINT: value}))
