"""Attacks on the server itself, with one test for each."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as active
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client, RequestFactory
from pytest_django import Settings

from activations.models import User
from jitaccess.static_files import StaticFilesMiddleware
from simulator import Simulator
from tests.conftest import PersonClient
from tests.journeys.shop import ACTIVATE, activation_body

pytestmark = pytest.mark.one_database


PUBLIC = "jit.example.com"
OVER_HTTP = {"Host": PUBLIC, "X-Forwarded-Proto": "http"}
OVER_HTTPS = {"Host": PUBLIC, "X-Forwarded-Proto": "https"}


def get(path: str, **headers: str) -> Any:
    return Client(raise_request_exception=False).get(path, headers=headers)


@pytest.mark.django_db
def test_djangos_deployment_checks_find_nothing_and_none_is_silenced() -> None:
    assert active.SILENCED_SYSTEM_CHECKS == []
    said = io.StringIO()
    call_command("check", deploy=True, fail_level="WARNING", stdout=said, stderr=said)
    assert "no issues (0 silenced)" in said.getvalue()


@pytest.mark.parametrize("path", ["/", "/activity?x=%2F", "/api/policy", "/admin/", "/static/x"])
@pytest.mark.parametrize("word", ["http", "HTTP", " http ", "http, https"])
def test_plain_http_is_sent_to_https(path: str, word: str) -> None:
    answer = get(path, **OVER_HTTP | {"X-Forwarded-Proto": word})
    assert (answer.status_code, answer["Location"]) == (301, f"https://{PUBLIC}{path}")


def test_a_path_that_looks_like_a_host_stays_a_path() -> None:
    answer = get("//evil.example.com/x", **OVER_HTTP)
    assert answer["Location"].startswith(f"https://{PUBLIC}/")


@pytest.mark.parametrize("path", ["/cron/deliver", "/health/alive"])
def test_schedulers_and_probes_are_not_redirected(path: str) -> None:
    assert get(path, **OVER_HTTP).status_code in {200, 403}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "headers",
    [
        OVER_HTTPS,
        {"Host": PUBLIC},
        {"Host": "localhost:8080", "X-Forwarded-Proto": "http"},
        {"Host": "127.0.0.1:8000", "X-Forwarded-Proto": "http"},
        {"Host": "[::1]", "X-Forwarded-Proto": "http"},
    ],
)
def test_https_and_a_laptop_are_not_redirected(
    headers: dict[str, str], simulated: Simulator
) -> None:
    assert get("/activity", **headers).status_code == 403


def test_a_redirect_does_not_lead_to_a_host_that_is_not_ours(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = [PUBLIC]
    answer = get("/", **OVER_HTTP | {"Host": "evil.example.com"})
    assert answer.status_code == 400
    assert "Location" not in answer


@pytest.mark.parametrize("host", ["evil.example.com", f"{PUBLIC}.evil.example.com", "a b", "@"])
def test_other_hosts_are_not_answered(host: str, settings: Settings, alice: PersonClient) -> None:
    settings.ALLOWED_HOSTS = [PUBLIC]
    assert alice.get("/activity", headers={"Host": PUBLIC}).status_code == 200
    assert alice.get("/activity", headers={"Host": host}).status_code == 400


def test_hsts_lasts_a_year_for_all_names_below() -> None:
    hsts = get("/nothing", **OVER_HTTPS)["Strict-Transport-Security"]
    assert hsts == "max-age=31536000; includeSubDomains; preload"


@pytest.mark.parametrize("feature", ["camera", "geolocation", "microphone", "payment", "usb"])
def test_pages_may_use_no_device(feature: str) -> None:
    assert f"{feature}=()" in get("/nothing")["Permissions-Policy"]


def test_a_form_that_is_too_large_is_refused(alice: PersonClient) -> None:
    assert alice.post("/activate", {"justification": "x" * 1_100_000}).status_code == 413


def test_a_form_with_too_many_fields_is_refused(alice: PersonClient) -> None:
    assert alice.post("/activate", {f"f{n}": "x" for n in range(201)}).status_code == 400


def test_what_is_a_little_smaller_is_read(alice: PersonClient) -> None:
    answer = alice.api_post(ACTIVATE, activation_body() | {"justification": "x" * 200_000})
    assert "characters" in answer.json()["message"]


def test_files_are_kept_nowhere(alice: PersonClient) -> None:
    answer = alice.post("/activate", {"justification": io.BytesIO(b"x" * 300_000)})
    assert answer.status_code in {400, 413}


@pytest.mark.django_db
def test_nobody_has_a_password_and_nothing_takes_one() -> None:
    assert active.AUTHENTICATION_BACKENDS == ["django.contrib.auth.backends.BaseBackend"]
    assert authenticate(username="olga@example.com", password="x") is None
    assert "password" not in {field.name for field in User._meta.get_fields()}


def test_static_files_are_public_and_the_list_of_them_is_not(
    settings: Settings, tmp_path: Path, db: None
) -> None:
    settings.STATIC_ROOT = tmp_path
    for name in ("staticfiles.json", "staticfiles.json.gz", "frame.css"):
        (tmp_path / name).write_text("{}")
    files = StaticFilesMiddleware(lambda _: HttpResponse(status=404))
    found = {}
    for name in ("staticfiles.json", "staticfiles.json.gz", "frame.css"):
        answer = files(RequestFactory().get(f"/static/{name}"))
        found[name] = answer.status_code
        answer.close()
    assert found == {"staticfiles.json": 404, "staticfiles.json.gz": 404, "frame.css": 200}
