"""Every request has a trace, from the front end or its own, and one line in the log."""

from __future__ import annotations

import re

import pytest
from django.test import RequestFactory

from activations.models import Event, Request
from jitaccess.tracing import client_trace
from simulator import Simulator
from tests.conftest import PersonClient
from tests.jitaccess.anybody import call
from tests.jitaccess.log_lines import LogLines, labels, trace
from tests.journeys.shop import ACTIVATE, activation_body

pytestmark = pytest.mark.one_database


ID = "105445aa7843bc8bf206b12000100000"
OTHER = "0af7651916cd43dd8448eb211c80319c"


def of(**headers: str) -> str:
    return client_trace(RequestFactory().get("/", headers=headers))


@pytest.mark.parametrize("value", [ID, f"{ID}/1", f"{ID}/1;o=1", f"{ID}/123456789;o=0"])
def test_the_trace_of_googles_front_end(value: str) -> None:
    assert of(**{"X-Cloud-Trace-Context": value}) == ID


def test_the_trace_of_the_w3c() -> None:
    assert of(traceparent=f"00-{OTHER}-b7ad6b7169203331-01") == OTHER


def test_the_w3cs_goes_before_googles() -> None:
    both = {"traceparent": f"00-{OTHER}-b7ad6b7169203331-01", "X-Cloud-Trace-Context": f"{ID}/1"}
    assert of(**both) == OTHER


@pytest.mark.parametrize(
    "value",
    ["", "x", "105445", ID.upper(), f"{ID}0/1", f" {ID}", f"{ID}\n", "0" * 32, "é" * 32, '"' * 32],
)
def test_what_is_no_trace_is_none(value: str) -> None:
    assert of(**{"X-Cloud-Trace-Context": value, "traceparent": value}) == ""


@pytest.mark.django_db
def test_without_a_trace_the_request_gets_one_of_our_own(
    alice: PersonClient, log: LogLines
) -> None:
    for value in ("", "x", "0" * 32):
        alice.get("/api/projects", headers={"X-JITACCESS": "1", "traceparent": value})
    found = {str(trace(entry)).rpartition("/")[2] for entry in log.of("http.request")}
    assert len(found) == 3
    assert all(re.fullmatch(r"[0-9a-f]{32}", one) for one in found)


@pytest.mark.django_db
def test_the_evidence_has_our_trace_and_the_clients_beside_it(
    alice: PersonClient, log: LogLines
) -> None:
    headers = {"X-JITACCESS": "1", "X-Cloud-Trace-Context": f"{ID}/1;o=1"}
    assert (
        alice.post(ACTIVATE, activation_body(), "application/json", headers=headers).status_code
        == 200
    )
    request, event = Request.objects.get(), Event.objects.get(kind="request.self_approved")
    assert event.details["client_trace"] == ID
    assert event.details["trace"] == request.trace != ID
    assert re.fullmatch(r"[0-9a-f]{32}", request.trace)
    assert {entry["own_trace"] for entry in log.entries} == {request.trace}


@pytest.mark.django_db
def test_all_lines_of_a_request_share_its_trace(alice: PersonClient, log: LogLines) -> None:
    alice.get("/api/projects", headers={"X-JITACCESS": "1", "X-Cloud-Trace-Context": f"{ID}/1;o=1"})
    assert len(log.entries) >= 2
    assert {trace(entry) for entry in log.entries} == {f"projects/jit-access-host/traces/{ID}"}


@pytest.mark.django_db
def test_one_request_leaves_nothing_behind_for_the_next(
    simulated: Simulator, log: LogLines
) -> None:
    call(simulated.assertion("alice@example.com"))
    call(None)
    named, nameless = log.of("http.request")
    assert labels(named)["user"] == "alice@example.com"
    assert "user" not in labels(nameless)
    assert trace(named) != trace(nameless)


@pytest.mark.django_db
def test_each_request_has_one_line_with_its_calls_and_duration(
    alice: PersonClient, log: LogLines
) -> None:
    alice.api_get("/api/projects/shop-prod/roles")
    (entry,) = log.of("http.request")
    assert entry["message"] == "GET /api/projects/shop-prod/roles 200"
    assert entry["httpRequest"]["status"] == 200
    assert re.fullmatch(r"\d+\.\d{3}s", entry["httpRequest"]["latency"])
    assert int(labels(entry)["google_calls"]) >= 2


@pytest.mark.django_db
def test_query_strings_stay_out_of_the_log(alice: PersonClient, log: LogLines) -> None:
    alice.api_get("/api/requests", pageToken="c2VjcmV0", project="hush")
    assert "c2VjcmV0" not in str(log.entries)
    assert "hush" not in str(log.entries)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/health/alive", "/static/nothing.css"])
def test_probes_and_files_are_not_logged(path: str, simulated: Simulator, log: LogLines) -> None:
    call(None, path)
    assert log.of("http.request") == []
