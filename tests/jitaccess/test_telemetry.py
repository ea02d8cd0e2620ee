"""With a collector, spans and counters are exported, without personal data."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from pytest_django import Settings

from activations import jobs
from jitaccess.telemetry.complaints import Complaints
from jitaccess.telemetry.running import telemetry
from simulator import Simulator
from tests.conftest import FakeClock, PersonClient
from tests.jitaccess.anybody import call
from tests.jitaccess.collecting import Collector, attributes
from tests.jitaccess.log_lines import LogLines, trace
from tests.journeys.approvals import decide, pending_request
from tests.journeys.shop import activate

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
ID = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"
ROLES = "/api/projects/<text:project_id>/roles"

Finished = Callable[[], Collector]


@pytest.fixture
def finished(log: LogLines, settings: Settings) -> Iterator[Finished]:
    """Starts the export; calling it stops the export and returns what was exported."""
    with Collector() as collector:
        settings.OTEL_EXPORTER_OTLP_ENDPOINT = collector.address
        telemetry.start()

        def finish() -> Collector:
            telemetry.stop()
            return collector

        yield finish
        telemetry.stop()


def of_kind(collector: Collector, kind: Span.SpanKind.ValueType) -> list[Span]:
    return [span for span in collector.spans if span.kind == kind]


def server_span(collector: Collector) -> Span:
    (span,) = of_kind(collector, Span.SPAN_KIND_SERVER)
    return span


def test_a_request_is_a_span_below_the_front_ends(
    alice: PersonClient, log: LogLines, finished: Finished
) -> None:
    headers = {"X-JITACCESS": "1", "traceparent": f"00-{ID}-{PARENT}-01"}
    alice.get("/api/projects/shop-prod/roles?pageToken=c2VjcmV0", headers=headers)
    collector = finished()
    span = server_span(collector)
    assert (span.trace_id.hex(), span.parent_span_id.hex()) == (ID, PARENT)
    assert span.name == f"GET {ROLES}"
    assert attributes(list(span.attributes)) == {
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "http.route": ROLES,
    }


def test_calls_to_google_are_spans_below_it_from_all_threads(
    alice: PersonClient, simulated: Simulator, finished: Finished
) -> None:
    simulated.searches_groups = True  # all calls succeed
    alice.api_get("/api/projects/shop-prod/roles")
    made = sorted(made.api for made in simulated.calls.google)
    collector = finished()
    above = server_span(collector)
    spans = of_kind(collector, Span.SPAN_KIND_CLIENT)
    assert {(span.trace_id, span.parent_span_id) for span in spans} == {
        (above.trace_id, above.span_id)
    }
    assert sorted(span.name for span in spans) == made
    for span in spans:
        assert attributes(list(span.attributes)) == {
            "rpc.method": span.name,
            "http.response.status_code": 200,
        }
        assert above.start_time_unix_nano <= span.start_time_unix_nano
        assert span.end_time_unix_nano <= above.end_time_unix_nano


def test_a_call_that_fails_says_its_status(
    alice: PersonClient, simulated: Simulator, finished: Finished
) -> None:
    simulated.faults.add("cloudresourcemanager.projects.search", status=403, times=None)
    alice.api_get("/api/projects")
    failed = [s for s in finished().spans if s.name == "cloudresourcemanager.projects.search"]
    assert failed
    for span in failed:
        assert attributes(list(span.attributes))["http.response.status_code"] == 403
        assert (span.status.code, span.status.message) == (Status.STATUS_CODE_ERROR, "")


def test_a_trace_that_begins_here_is_the_one_in_the_log(
    alice: PersonClient, log: LogLines, finished: Finished
) -> None:
    alice.api_get("/api/policy")
    span = server_span(finished())
    (entry,) = log.of("http.request")
    assert span.parent_span_id == b""
    assert str(trace(entry)).endswith(f"traces/{span.trace_id.hex()}")


def test_probes_and_files_are_left_out_and_the_unknown_has_no_address(
    simulated: Simulator, finished: Finished
) -> None:
    for path in ("/health/alive", "/static/nothing.css", "/people/alice@example.com"):
        call(None, path)
    assert server_span(finished()).name == "GET"


def test_requests_that_the_front_end_does_not_sample_have_no_span(
    alice: PersonClient, finished: Finished
) -> None:
    alice.get("/api/policy", headers={"traceparent": f"00-{ID}-{PARENT}-00"})
    assert finished().spans == []


def test_every_change_of_access_is_counted(
    alice: PersonClient, bob: PersonClient, finished: Finished
) -> None:
    activate(alice, "shop-prod:roles/compute.admin", "shop-prod:roles/dns.admin")
    activate(alice, "shop-prod:roles/owner")
    decide(bob, pending_request(alice), "approve")
    grants = alice.api_get("/api/grants").json()["grants"]
    alice.api_post(f"/api/grants/{grants[0]['id']}/end", {"reason": "done"})
    collector = finished()
    counts = {
        name: collector.counted(f"jitaccess.{name}")
        for name in ("activations", "approvals", "approval_requests", "ends", "failures")
    }
    assert counts == {
        "activations": 2,
        "approvals": 1,
        "approval_requests": 1,
        "ends": 1,
        "failures": 1,
    }
    assert collector.counted("jitaccess.failures", event="api.activateRole") == 1
    assert collector.metrics["http.server.request.duration"].histogram.data_points


def test_the_numbers_of_a_delivery_run_are_gauges(
    simulated: Simulator, log: LogLines, finished: Finished
) -> None:
    jobs.run_job("deliver")
    (line,) = log.of("metrics")
    told = {f"jitaccess.{name}": number for name, number in line["metrics"].items()}
    assert finished().gauges() == told


def test_no_personal_data_is_exported(
    alice: PersonClient, bob: PersonClient, no_retry_delay: FakeClock, finished: Finished
) -> None:
    simulated = alice.simulated
    activate(alice)
    decide(bob, pending_request(alice, justification="CASE-9 hush"), "decline", "not today")
    alice.get("/?project=shop-prod&who=alice@example.com", headers={"tracestate": "a=alice"})
    jobs.run_job("deliver")
    simulated.faults.add("*", status=500, times=None)
    activate(alice)
    raw = finished().raw()
    assert b"api.requestRole" not in raw
    assert b"jitaccess.approval_requests" in raw
    for secret in (b"alice", b"bob", b"example.com", b"CASE", b"hush", b"today", b"shop-prod"):
        assert secret not in raw
    assert b"eyJ" not in raw  # the first characters of every assertion and token
    assert b"Bearer" not in raw


def exporting_threads() -> list[threading.Thread]:
    names = ("telemetry-close", "Otel")
    return [thread for thread in threading.enumerate() if thread.name.startswith(names)]


def test_a_collector_that_never_answers_delays_nobody(
    alice: PersonClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()  # accepts connections, and answers none
        settings.OTEL_EXPORTER_OTLP_ENDPOINT = f"http://127.0.0.1:{silent.getsockname()[1]}"
        telemetry.start()
        assert telemetry.exporter
        assert activate(alice).status_code == 200
        exporter, telemetry.exporter = telemetry.exporter, None
        started = time.monotonic()
        exporter.close(seconds=0.2)
        assert time.monotonic() - started < 1
    # The retries use `random`, which would disturb later property tests.
    for thread in exporting_threads():
        thread.join(30)
    assert exporting_threads() == []


def test_a_collector_that_is_down_is_logged_once_an_hour(log: LogLines) -> None:
    now = [0.0]
    complaints = Complaints(clock=lambda: now[0])
    record = logging.LogRecord("opentelemetry", 40, "", 0, "Failed: %s", ("refused",), None)
    for moment in (0.0, 1.0, 3599.0, 3600.0):
        now[0] = moment
        complaints.handle(record)
    assert [entry["message"] for entry in log.of("telemetry.failed")] == [
        "Telemetry is not exported (logged once an hour): Failed: refused"
    ] * 2
