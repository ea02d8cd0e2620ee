"""For every error, people and programs read what happened and what to do."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.exceptions import (
    BadRequest,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
)
from django.db import connection
from django.http import Http404, UnreadablePostError
from django.test import Client, RequestFactory
from pytest_django import Settings

from activations.domain.caller import current_trace
from activations.domain.refusals import (
    Moved,
    NotAllowed,
    NotAvailable,
    OutcomeNotStored,
    OutcomePending,
    Stopped,
)
from activations.domain.rules import Refusal
from activations.exports.snapshot import HistoryMoved
from activations.models import Grant, Request
from activations.reporting.audit_log import causes
from activations.services.scheduling import AlreadyScheduled
from eligibility.entitlements import InvalidProjectRoleId
from googlecloud import errors as google
from jitaccess.errors import TABLE, NoAudience, answer_for
from policies.rules.facts import FactsMissing
from policies.services.active import UnusablePolicy
from simulator import Simulator
from tests.conftest import PersonClient
from tests.jitaccess.anybody import call
from tests.jitaccess.cases import cases
from tests.jitaccess.log_lines import LogLines, labels

pytestmark = pytest.mark.one_database


ID = uuid.UUID("7b6a4f3e-0000-4000-8000-000000000000")
SCHEDULED = Grant(
    request=Request(),
    role="roles/viewer",
    project_id="shop-prod",
    beneficiary_email="alice@example.com",
    start_time=datetime(2030, 1, 1, 12, tzinfo=UTC),
)
STATUSES: list[tuple[Exception, int]] = [
    (OutcomePending("who knows", request_id=ID), 504),
    (OutcomeNotStored("mock", request_id=ID), 503),
    (Refusal("mock"), 400),
    (InvalidProjectRoleId("mock"), 400),
    (HistoryMoved("mock"), 409),
    (Moved("mock"), 409),
    (AlreadyScheduled(SCHEDULED), 409),
    (NotAllowed("mock"), 403),
    (Stopped("mock"), 403),
    (NotAvailable("mock"), 404),
    (google.Denied("mock", status=403), 403),
    (google.NotFound("mock", status=404), 404),
    (google.Conflict("mock", status=409), 409),
    (google.Conflict("mock", status=412), 409),
    (google.QuotaExceeded("mock", status=429), 429),
    (google.QuotaExceeded("mock", status=403), 429),
    (google.DailyQuotaExceeded("mock", status=429), 429),
    (google.Invalid("mock", status=400), 400),
    (google.NotAuthenticated("mock", status=401), 502),
    (google.TimedOut("mock"), 504),
    (google.Unavailable("mock"), 503),
    (google.Unavailable("mock", status=500), 503),
    (google.Unavailable("mock", status=502), 502),
    (google.Unavailable("mock", status=504), 504),
    (google.OutcomeUnknown("mock"), 502),
    (google.GoogleCloudError("mock"), 502),
    (NoAudience("mock"), 503),
    (FactsMissing("mock"), 503),
    (UnusablePolicy("mock"), 503),
    (RequestDataTooBig("inside"), 413),
    (UnreadablePostError("inside"), 400),
    (TooManyFieldsSent("inside"), 400),
    (BadRequest("inside"), 400),
    (SuspiciousOperation("inside"), 400),
    (PermissionDenied("inside"), 403),
    (Http404("inside"), 404),
    (RuntimeError("inside"), 500),
]
kinds = pytest.mark.parametrize(
    ("error", "status"),
    STATUSES,
    ids=[f"{type(e).__name__}-{getattr(e, 'status', '')}-{s}" for e, s in STATUSES],
)


def api(error: Exception) -> Any:
    return answer_for(RequestFactory().get("/api/policy"), error)


@kinds
def test_programs_read_a_message(error: Exception, status: int) -> None:
    answer = api(error)
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/json"
    body = json.loads(answer.content)
    assert body["message"]
    assert "inside" not in body["message"]
    if str(error) == "mock":
        assert body["message"] == "mock"


@kinds
def test_people_read_a_page(error: Exception, status: int, db: None) -> None:
    answer = answer_for(RequestFactory().get("/activity"), error)
    assert answer.status_code == status
    assert answer["Content-Type"].startswith("text/html")
    page = answer.content.decode()
    assert "<html" in page
    assert "inside" not in page


def test_every_kind_of_error_is_held_here() -> None:
    held = {type(error) for error, _ in STATUSES}
    elsewhere = {
        "NotEligible": "journeys/test_self_activation",
        "TooManyRequests": "activations/test_quotas",
    }
    assert {kind for kind, _, _ in TABLE if kind.__name__ not in elsewhere} <= held


def test_quota_says_when_to_try_again() -> None:
    assert api(google.QuotaExceeded("mock", retry_after=17))["Retry-After"] == "17"
    assert api(google.QuotaExceeded("mock", retry_after=1.5))["Retry-After"] == "2"
    assert api(google.QuotaExceeded("mock"))["Retry-After"] == "60"
    assert "Retry-After" not in api(google.Denied("mock"))


def test_an_unknown_outcome_names_the_request() -> None:
    body = json.loads(api(OutcomePending("who knows", request_id=ID)).content)
    assert body["requestId"] == str(ID)


@pytest.mark.parametrize(
    ("error", "has_trace"),
    [
        (RuntimeError("x"), True),
        (google.Unavailable("x"), True),
        (google.Denied("x"), True),
        (Refusal("x"), False),
        (NotAvailable("x"), False),
    ],
)
def test_what_an_operator_must_look_up_has_a_trace(error: Exception, has_trace: bool) -> None:
    token = current_trace.set("a" * 32)
    try:
        body = json.loads(api(error).content)
    finally:
        current_trace.reset(token)
    assert body.get("trace") == ("a" * 32 if has_trace else None)


def test_the_unexpected_is_logged_in_full_and_answered_in_general(log: LogLines) -> None:
    with pytest.raises(ValueError, match="inside") as raised:
        int("inside")
    answer = api(raised.value)
    assert json.loads(answer.content)["message"] == "Something went wrong on our side"
    (entry,) = log.of("http.error")
    assert entry["severity"] == "ERROR"
    assert "invalid literal for int() with base 10: 'inside'" in entry["message"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["/api/policy", "/activity"])
def test_a_database_that_is_down_is_logged_and_answered(
    path: str, simulated: Simulator, log: LogLines
) -> None:
    kept = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict |= {"HOST": "/nowhere", "NAME": "/nowhere/at/all"}
    try:
        answer = call(simulated.assertion("alice@example.com"), path)
    finally:
        connection.close()
        connection.settings_dict |= kept
    assert answer.status_code == 503
    assert answer["Retry-After"] == "15"
    assert "The database cannot be reached" in answer.content.decode()
    assert "/nowhere" not in answer.content.decode()
    (entry,) = log.of("database.failed")
    assert entry["message"].startswith("The database cannot be reached: ")
    assert "Traceback" not in entry["message"]
    assert labels(entry)["fault"] == "UNREACHABLE"
    assert log.of("http.error") == []


def test_causes_are_listed_in_order() -> None:
    chain = cases("exception_mapping")["full_message_of_causes"]
    first, second, third = (
        type(cause["class"], (Exception,), {})(*filter(None, [cause["message"]]))
        for cause in chain["input"]["causes"]
    )
    first.__cause__, second.__cause__ = second, third
    assert causes(first) == chain["expected"]["text"]


EXPLAINED = {
    "method_not_mapped": "held below, in JSON",
    "not_authenticated": "401 from Google is 502 here; 401 belongs to IAP",
    "access_denied": "the same: Denied and NotEligible are 403",
    "illegal_argument": "the same: Refusal is 400",
    "not_found": "the same: 404",
    "resource_not_found": "the same: NotFound is 404",
    "derived_forbidden": "held by test_identity",
    "derived_illegal_state": "the status is the same; the message stays in the log",
    "derived_null_pointer": "no such thing in Python; wrong types are 400 naming the field",
    "derived_not_acceptable": "the API has one format and does not negotiate",
    "full_message_of_causes": "held above",
    "await_io": "held by tests/googlecloud/test_parallel",
    "await_access": "held by tests/googlecloud/test_parallel",
}


def test_the_originals_cases_are_held_or_explained() -> None:
    assert cases("exception_mapping").keys() == EXPLAINED.keys()


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/nothing", "/nothing/at/all", "/requests/not-a-uuid", "/%00"])
def test_unknown_pages_are_not_found(path: str, alice: PersonClient) -> None:
    answer = alice.get(path)
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/html")


@pytest.mark.django_db
def test_a_form_without_its_token_is_told_to_reload(alice: PersonClient, log: LogLines) -> None:
    strict = Client(enforce_csrf_checks=True)
    token = alice.simulated.assertion(alice.email)
    answer = strict.post("/activate", {}, headers={"X-Goog-IAP-JWT-Assertion": token})
    assert answer.status_code == 403
    assert "This form is out of date" in answer.content.decode()
    assert any("CSRF check failed" in entry["message"] for entry in log.of("http.refused"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("origin", "base_url", "is_base_url_missing"),
    [
        ("https://testserver", "", True),
        ("https://testserver", "https://testserver", False),
        ("https://evil.example.com", "", False),
        ("http://testserver", "", False),
    ],
)
def test_behind_a_proxy_that_hides_tls_the_missing_variable_is_named(
    origin: str, base_url: str, is_base_url_missing: bool, alice: PersonClient, settings: Settings
) -> None:
    settings.SECURE_PROXY_SSL_HEADER, settings.BASE_URL = None, base_url
    strict = Client(enforce_csrf_checks=True)
    token = alice.simulated.assertion(alice.email)
    sent = {"X-Goog-IAP-JWT-Assertion": token, "X-Forwarded-Proto": "https", "Origin": origin}
    answer = strict.post("/activate", {}, headers=sent)
    assert answer.status_code == 403
    assert ("set BASE_URL" in answer.content.decode()) is is_base_url_missing


@pytest.mark.django_db
def test_a_foreign_host_is_one_plain_entry(
    alice: PersonClient, settings: Settings, log: LogLines
) -> None:
    settings.ALLOWED_HOSTS = ["jit.example.com"]
    settings.BASE_URL = "https://jit.example.com"
    answer = alice.get("/activity", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert "Open https://jit.example.com instead." in answer.content.decode()
    (entry,) = log.of("http.refused")
    assert entry["severity"] == "WARNING"
    assert "host 'evil.example', and BASE_URL is 'https://jit.example.com'" in entry["message"]
    assert "ALLOWED_HOSTS" not in entry["message"]
    assert "Traceback" not in entry["message"]


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["q", "project_id", "o", "state__exact", "\0"])
@pytest.mark.parametrize("place", ["request", "grant", "event", "outboxmessage"])
def test_nul_in_a_filter_of_the_admin_is_a_bad_request(
    name: str, place: str, olga: PersonClient, log: LogLines
) -> None:
    answer = olga.get(f"/admin/activations/{place}/", {name: "a\0b"})
    assert answer.status_code == 400
    assert "cannot be searched for" in answer.content.decode()
    assert log.of("http.error") == []


@pytest.mark.django_db
def test_an_invalid_host_is_a_bad_request(alice: PersonClient) -> None:
    assert alice.get("/activity", headers={"Host": "a b"}).status_code == 400
