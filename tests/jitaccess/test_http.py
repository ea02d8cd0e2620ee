"""The API keeps to HTTP: paths, methods, types, sizes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from simulator import Simulator
from tests.conftest import PersonClient
from tests.jitaccess.cases import cases
from tests.journeys.shop import ACTIVATE, activation_body

pytestmark = pytest.mark.one_database


Call = Callable[..., Any]
JSON = "application/json"


@pytest.fixture
def program(simulated: Simulator, db: None) -> Call:
    """A caller without any token for forms, as programs are: `program("GET", path, body)`."""
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)

    def call(method: str, path: str, body: Any = b"", kind: str = JSON) -> Any:
        headers = {
            "X-JITACCESS": "1",
            "X-Goog-IAP-JWT-Assertion": simulated.assertion("alice@example.com"),
        }
        return client.generic(method, path, body, content_type=kind, headers=headers)

    return call


def test_the_root_says_that_the_page_is_outdated(program: Call) -> None:
    expected = cases("rest_actions")["derived_root"]["expected"]
    for method in ("GET", "POST"):
        answer = program(method, "/api/")
        assert answer.status_code == expected["status"]
        assert expected["message_contains"] in answer.json()["message"]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize("path", ["/api/folders", "/api/x/y/roles", "/api/policy/", "/api//policy"])
def test_unknown_paths_are_not_found(method: str, path: str, program: Call) -> None:
    answer = program(method, path)
    assert answer.status_code == 404
    assert answer["Content-Type"] == JSON
    assert answer.json()["message"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/api/policy", "GET"),
        ("DELETE", "/api/projects", "GET"),
        ("GET", ACTIVATE, "POST"),
        ("PUT", ACTIVATE, "POST"),
        ("POST", "/api/requests", "GET"),
        ("PATCH", "/api/grants", "GET"),
        ("POST", "/api/openapi.json", "GET"),
        ("TRACE", "/api/policy", "GET"),
    ],
)
def test_other_methods_are_told_the_right_one(
    method: str, path: str, allowed: str, program: Call
) -> None:
    answer = program(method, path)
    assert answer.status_code == 405
    assert allowed in answer["Allow"]
    assert allowed in answer.json()["message"]


def test_head_is_get_without_the_body(program: Call) -> None:
    answer = program("HEAD", "/api/policy")
    assert answer.status_code == 200
    assert answer.content == b""


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "", "text/json"]
)
def test_bodies_are_json(kind: str, program: Call) -> None:
    answer = program("POST", ACTIVATE, b"{}", kind)
    assert answer.status_code == 415
    assert answer.json()["message"]


def test_a_charset_does_no_harm(program: Call) -> None:
    assert program("POST", ACTIVATE, b"{}", f"{JSON}; charset=UTF-8").status_code == 400


def test_a_body_that_is_too_large_is_refused(program: Call) -> None:
    answer = program("POST", ACTIVATE, b'{"justification": "' + b"x" * 1_100_000 + b'"}')
    assert answer.status_code == 413
    assert answer.json()["message"]


def test_a_large_body_to_a_wrong_path_is_just_not_found(program: Call) -> None:
    assert program("POST", "/api/nothing", b"x" * 300_000).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff\xfe{}",
        b"\xef\xbb\xbf{}",
        b"{'a': 1}",
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"9" * 10_000,
        b"{} {}",
        b"\x00",
    ],
    ids=lambda body: body[:8].decode("latin-1").encode("unicode_escape").decode() + str(len(body)),
)
def test_what_is_no_json_is_told_so(body: bytes, program: Call) -> None:
    answer = program("POST", ACTIVATE, body)
    assert answer.status_code == 400
    assert answer.json() == {"message": "The body is not valid JSON in UTF-8"}


@pytest.mark.parametrize("body", [b"[]", b"1", b'"x"', b"null", b"true", b"NaN"])
def test_what_is_no_object_is_told_so(body: bytes, program: Call) -> None:
    answer = program("POST", ACTIVATE, body)
    assert answer.status_code == 400
    assert answer.json() == {"message": "Send a JSON object"}


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("entitlementIds", "x", "entitlementIds must be a list"),
        ("entitlementIds", {"a": 1}, "entitlementIds must be a list"),
        ("entitlementIds", [1], "entitlementIds must be text"),
        ("entitlementIds", [None], "entitlementIds must be text"),
        ("entitlementIds", [["x"]], "entitlementIds must be text"),
        ("justification", 5, "justification must be text"),
        ("justification", ["x"], "justification must be text"),
        ("activationTimeout", "60", "activationTimeout must be a whole number"),
        ("activationTimeout", 60.0, "activationTimeout must be a whole number"),
        ("activationTimeout", True, "activationTimeout must be a whole number"),
        ("activationTimeout", [60], "activationTimeout must be a whole number"),
    ],
)
def test_a_wrong_type_is_told_by_the_name_of_its_field(
    field: str, value: Any, message: str, alice: PersonClient
) -> None:
    answer = alice.api_post(ACTIVATE, activation_body() | {field: value})
    assert answer.status_code == 400
    assert answer.json() == {"message": message}


def test_unknown_fields_do_no_harm(alice: PersonClient) -> None:
    assert alice.api_post(ACTIVATE, activation_body() | {"future": {"a": 1}}).status_code == 200
