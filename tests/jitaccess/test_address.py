"""The recorded network address is one that a proxy of Google has seen."""

from __future__ import annotations

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from jitaccess.identity.middleware import address_of


@pytest.mark.parametrize(
    ("forwarded", "backend", "address"),
    [
        ("203.0.113.7", "", "203.0.113.7"),
        ("6.6.6.6, 203.0.113.7", "", "203.0.113.7"),
        ("203.0.113.7, 35.191.0.1", "42", "203.0.113.7"),
        ("6.6.6.6,203.0.113.7 , 35.191.0.1", "42", "203.0.113.7"),
        ("203.0.113.7", "42", "203.0.113.7"),
        (" , ,", "", "127.0.0.1"),
        ("", "", "127.0.0.1"),
        ("2001:db8::1", "", "2001:db8::1"),
        ("x" * 500, "", "x" * 64),
    ],
)
def test_the_address_is_what_the_front_end_appended(
    forwarded: str, backend: str, address: str, settings: Settings
) -> None:
    settings.IAP_BACKEND_SERVICE_ID = backend
    request = RequestFactory().get("/", headers={"X-Forwarded-For": forwarded})
    assert address_of(request) == address


@pytest.mark.parametrize(
    ("audiences", "address"),
    [
        (("/projects/1/global/backendServices/2",), "203.0.113.7"),
        (("/projects/1/regions/europe-west1/backendServices/2",), "203.0.113.7"),
        (("/projects/1/locations/europe-west1/services/jitaccess",), "35.191.0.1"),
        (("/projects/1/apps/p", "/projects/1/global/backendServices/2"), "35.191.0.1"),
    ],
)
def test_the_audience_tells_whether_a_load_balancer_is_in_front(
    audiences: tuple[str, ...], address: str, settings: Settings
) -> None:
    settings.IAP_BACKEND_SERVICE_ID, settings.IAP_AUDIENCE = "", audiences
    request = RequestFactory().get("/", headers={"X-Forwarded-For": "203.0.113.7, 35.191.0.1"})
    assert address_of(request) == address


def test_without_a_proxy_it_is_the_other_end(settings: Settings) -> None:
    request = RequestFactory(REMOTE_ADDR="198.51.100.9").get("/")
    assert address_of(request) == "198.51.100.9"
