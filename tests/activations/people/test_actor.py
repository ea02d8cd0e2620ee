"""Links use the public URL, with https except on localhost."""

from __future__ import annotations

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from activations.people.actor import base_url
from tests.conftest import PersonClient
from tests.journeys.shop import activate


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("jit.example.com", "https://jit.example.com"),
        ("jit.example.com:8443", "https://jit.example.com:8443"),
        ("localhost:8080", "http://localhost:8080"),
        ("127.0.0.1", "http://127.0.0.1"),
        ("[::1]:8000", "http://[::1]:8000"),
        ("localhost.example.com", "https://localhost.example.com"),
    ],
)
def test_without_a_public_url_links_use_the_host_of_the_request(
    host: str, address: str, settings: Settings
) -> None:
    settings.BASE_URL = ""
    assert base_url(RequestFactory().get("/", headers={"Host": host})) == address


def test_the_public_url_overrides_the_host(settings: Settings) -> None:
    settings.BASE_URL = "https://jit.example.com"
    request = RequestFactory().get("/", headers={"Host": "evil.example.com"})
    assert base_url(request) == "https://jit.example.com"


@pytest.mark.django_db
def test_a_request_keeps_the_url_at_its_creation(alice: PersonClient, settings: Settings) -> None:
    settings.BASE_URL = "https://old.example.com"
    made = activate(alice).json()
    settings.BASE_URL = "https://new.example.com"
    seen = alice.api_get(f"/api/requests/{made['requestId']}").json()
    assert seen["url"] == f"https://old.example.com/requests/{made['requestId']}"
