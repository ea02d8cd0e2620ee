"""No text in a path, query, header or body causes a 500, on either database."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote

import pytest

from activations.models import Request
from tests.conftest import PersonClient
from tests.journeys.shop import ACTIVATE, COMPUTE, PROJECT, activate, activation_body

ODD = {
    "NUL": "a\x00b",
    "line breaks": "a\r\nb",
    "controls": "\x01\x1b[31m\x7f",
    "lone surrogate": "a\ud800b",
    "beyond the BMP": "🎉" * 50,
    "right to left": "\u202e\u2066gnp",
    "quotes": "'\";--<script>${7*7}{{7*7}}%s%n",
    "long": "x" * 5_000,
    "blank": " ",
    "no-break": "\u00a0",
    "not a character": "\uffff\ufdd0",
    "dots": "../../..",
    "format": "%(name)s {0} {name}",
    "combining": "e\u0301" * 300,
    "number": "1" * 400,
}
odd = pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())


def percent(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def fine(answer: Any) -> None:
    assert answer.status_code < 500, answer.content
    assert json.loads(answer.content)


@pytest.fixture(autouse=True)
def as_in_production(alice: PersonClient) -> None:
    """Returns exceptions as answers."""
    alice.raise_request_exception = False


@odd
def test_in_a_body(text: str, alice: PersonClient) -> None:
    for body in (
        activation_body(justification=text),
        activation_body(text),
        activation_body(f"{PROJECT}:{text}"),
        activation_body(f"{PROJECT}:roles/{text}"),
        activation_body(f"{COMPUTE}:{text}"),
        {"entitlementIds": [text] * 3, text: text, "justification": text},
    ):
        fine(alice.api_post(ACTIVATE, json.dumps(body)))
    assert all(request.justification.strip() for request in Request.objects.all())


@odd
def test_in_a_body_that_has_been_sent_before(text: str, alice: PersonClient) -> None:
    key = {"Idempotency-Key": "k-1"}
    assert activate(alice, key=key["Idempotency-Key"]).status_code == 200
    answer = alice.api_post(ACTIVATE, json.dumps(activation_body(f"{PROJECT}:{text}")), **key)
    assert answer.status_code in {400, 403}


@odd
def test_in_a_resource_condition(text: str, alice: PersonClient) -> None:
    condition = base64.b64encode(text.encode("utf-8", "surrogatepass")).decode()
    answer = alice.api_post(ACTIVATE, json.dumps(activation_body(f"{COMPUTE}:{condition}")))
    assert answer.status_code in {400, 403}


@odd
def test_as_a_project(text: str, alice: PersonClient) -> None:
    path = f"/api/projects/{percent(text)}/roles"
    fine(alice.api_get(path))
    fine(
        alice.api_post(
            f"{path}/self-activate", json.dumps(activation_body(f"{text}:roles/browser"))
        )
    )


@pytest.mark.parametrize(
    "project",
    [
        *("a/b", "a%2Fb", "example.com:p1", "a%3Ab", "%FF%FE", "%ED%A0%80", "%00", "a%0Ab", "ü"),
        *("..", "%", "projects%2Fshop-prod", "shop-prod%20", "SHOP-PROD", "100000000001", "-", "*"),
        "x" * 3_000,
    ],
)
def test_as_a_project_in_the_path(project: str, alice: PersonClient) -> None:
    path = f"/api/projects/{project}/roles"
    fine(alice.api_get(path))
    fine(alice.api_post(f"{path}/self-activate", json.dumps(activation_body())))


@odd
def test_in_a_query(text: str, alice: PersonClient) -> None:
    for path in ("/api/requests", "/api/grants"):
        for name in ("project", "status", "pageSize", "pageToken", "role", "x"):
            address = f"{path}?{name}={percent(text)}"
            answer = alice.get(address, headers={"X-JITACCESS": "1"})
            assert answer.status_code in {200, 400}, address


@odd
def test_in_a_header(text: str, alice: PersonClient) -> None:
    value = text.encode("utf-8", "surrogatepass").decode("latin-1")
    names = (
        *("Idempotency-Key", "X-Forwarded-For", "X-Cloud-Trace-Context", "traceparent"),
        *("User-Agent", "Referer", "Accept", "Accept-Language"),
    )
    # Servers reject these characters in headers.
    if not set(value) & {"\x00", "\r", "\n"}:
        for name in names:
            fine(alice.api_post(ACTIVATE, json.dumps(activation_body()), **{name: value}))


@odd
def test_on_pages(text: str, alice: PersonClient) -> None:
    for path in ("/", "/activity", "/projects", "/admin/"):
        answer = alice.get(f"{path}?projectId={percent(text)}&q={percent(text)}&p={percent(text)}")
        assert answer.status_code < 500


@pytest.mark.parametrize("minutes", [0, -1, 121, 2**31, 2**63, 10**400, -(10**400)])
def test_numbers_out_of_reach(minutes: int, alice: PersonClient) -> None:
    answer = alice.api_post(ACTIVATE, json.dumps(activation_body(minutes=minutes)))
    assert answer.status_code == 400
    assert answer.json()["message"].startswith(("The duration", "The activation duration"))


@pytest.mark.parametrize("number", ["1e400", "-0.0", "1E5", "0x10", "NaN", "Infinity", "9" * 5_000])
def test_numbers_that_are_none(number: str, alice: PersonClient) -> None:
    body = json.dumps(activation_body()).replace("60", number)
    assert alice.api_post(ACTIVATE, body).status_code == 400


def test_ten_thousand_roles(alice: PersonClient) -> None:
    roles = [f"{PROJECT}:roles/r{number}" for number in range(8_000)]
    answer = alice.api_post(ACTIVATE, json.dumps(activation_body(*roles), separators=(",", ":")))
    assert answer.status_code == 400
    assert answer.json()["message"] == "The number of roles exceeds the allowed maximum of 10"


def test_ten_thousand_times_the_same_role_is_one(alice: PersonClient) -> None:
    body = json.dumps(activation_body(*[COMPUTE] * 7_000), separators=(",", ":"))
    assert alice.api_post(ACTIVATE, body).status_code == 200


def test_deep_values_inside_a_body(alice: PersonClient) -> None:
    body = b'{"justification": ' + b"[" * 900 + b"]" * 900 + b"}"
    assert alice.api_post(ACTIVATE, body).status_code == 400


def token(*parts: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()


ID = "7b6a4f3e-0000-4000-8000-000000000000"


PAGE_TOKENS = [
    "x",
    "é",
    "====",
    token(),
    token("2030-01-01T00:00:00+00:00"),
    token("2030-01-01T00:00:00+00:00", ID, "more"),
    token("2030-01-01T00:00:00", ID),
    token("2030-01-01T00:00:00+02:00", ID),
    token("0001-01-01T00:00:00+23:59", ID),
    token("9999-12-31T23:59:59-23:59", ID),
    token(5, ID),
    token("2030-01-01T00:00:00+00:00", 5),
    token("2030-01-01T00:00:00+00:00", None),
    token("soon", ID),
    base64.urlsafe_b64encode(b'{"a": 1, "b": 2}').decode(),
    base64.urlsafe_b64encode(b"[" * 3_000).decode(),
    base64.urlsafe_b64encode(b"\xff\xfe").decode(),
]


@pytest.mark.parametrize("path", ["/api/requests", "/api/grants"])
def test_page_tokens_of_others(path: str, alice: PersonClient) -> None:
    for page_token in PAGE_TOKENS:
        answer = alice.api_get(path, pageToken=page_token)
        assert answer.status_code == 400, page_token
        assert (
            answer.json()["message"]
            == "pageToken is invalid. Use the nextPageToken of a previous response"
        )
