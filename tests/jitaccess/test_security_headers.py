"""Headers tell browsers to load nothing from elsewhere, and to store nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpResponse, parse_cookie
from django.test import Client

from jitaccess.security_headers import bound_to_host, own_cookies
from simulator import Simulator
from tests.conftest import PersonClient
from tests.jitaccess.anybody import call

pytestmark = pytest.mark.one_database


ALICE = "alice@example.com"
PATHS = ["/", "/activity", "/api/policy", "/api/nothing", "/nothing", "/admin/"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", PATHS)
def test_every_answer_carries_the_policy(path: str, simulated: Simulator) -> None:
    for token in (simulated.assertion(ALICE), None):
        answer = call(token, path)
        policy = answer["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Referrer-Policy"] == "same-origin"
        assert "camera=()" in answer["Permissions-Policy"]
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", PATHS)
def test_no_site_may_frame_a_page(path: str, simulated: Simulator) -> None:
    for token in (simulated.assertion(ALICE), None):
        answer = call(token, path)
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
        assert answer["X-Frame-Options"] == "DENY"


@pytest.mark.django_db
def test_https_is_asked_for_on_https_only(alice: PersonClient) -> None:
    assert "max-age=31536000" in alice.get("/activity", secure=True)["Strict-Transport-Security"]
    assert "Strict-Transport-Security" not in alice.get("/activity")


def cookies(simulated: Simulator, **extra: Any) -> Any:
    answer = Client().get(
        "/projects/shop-prod",
        headers={"X-Goog-IAP-JWT-Assertion": simulated.assertion(ALICE)},
        **extra,
    )
    assert answer.status_code == 200
    assert answer.cookies
    return answer.cookies.values()


@pytest.mark.django_db
@pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1:8000", "[::1]:8080"])
def test_a_laptop_without_tls_gets_its_cookies_back(host: str, simulated: Simulator) -> None:
    for cookie in cookies(simulated, HTTP_HOST=host):
        assert not cookie["secure"]
        assert cookie["samesite"] == "Lax"


@pytest.mark.django_db
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_so_it_does_on_the_usual_port(host: str, simulated: Simulator) -> None:
    assert not any(cookie["secure"] for cookie in cookies(simulated, HTTP_HOST=host))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "extra",
    [
        {"HTTP_HOST": "jit.example.com"},
        {"HTTP_HOST": "localhost.example.com"},
        {"HTTP_HOST": "127.0.0.1.example.com:80"},
        {"HTTP_HOST": "localhost:8080", "secure": True},
        {"HTTP_HOST": "localhost:8080", "HTTP_X_FORWARDED_PROTO": "https"},
    ],
)
def test_everywhere_else_cookies_are_for_https(extra: dict[str, Any], simulated: Simulator) -> None:
    for cookie in cookies(simulated, **extra):
        assert cookie["secure"]
        assert cookie["samesite"] == "Lax"


@pytest.mark.django_db
def test_the_token_of_forms_is_out_of_reach_for_scripts(simulated: Simulator) -> None:
    (token,) = [c for c in cookies(simulated) if c.key == "__Host-csrftoken"]
    assert token["httponly"]


@pytest.mark.django_db
def test_only_this_host_can_set_the_cookies_that_are_read(alice: PersonClient) -> None:
    """A neighbour on the same domain can set cookies without the prefix."""
    answer = alice.get("/projects/shop-prod")
    assert answer.cookies["__Host-project"].value == "shop-prod"
    assert {cookie["path"] for cookie in answer.cookies.values()} == {"/"}
    assert {cookie["domain"] for cookie in answer.cookies.values()} == {""}
    alice.cookies.clear()
    alice.cookies["project"] = "shop-test"
    assert "shop-test" not in alice.get("/activity").content.decode()
    alice.cookies["__Host-project"] = "shop-test"
    assert "shop-test" in alice.get("/activity").content.decode()


@pytest.mark.parametrize("value", ["plain", 'quoted "text" ; with, signs', "ünï"])
def test_values_and_attributes_survive_the_prefix(value: str) -> None:
    response = HttpResponse()
    response.set_cookie("message", value, max_age=60, httponly=True, samesite="Lax")
    response.delete_cookie("old")
    bound = bound_to_host(response.cookies)
    assert bound["__Host-message"].value == value
    assert bound["__Host-message"]["max-age"] == 60
    assert bound["__Host-message"]["httponly"] is True
    assert bound["__Host-old"]["max-age"] == 0
    assert bound["__Host-old"]["secure"] is True
    sent = "; ".join(f"{one.key}={one.coded_value}" for one in bound.values())
    assert own_cookies(parse_cookie(sent))["message"] == value
