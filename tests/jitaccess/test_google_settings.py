"""Variables for networks that reach Google through a proxy or private addresses."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from tests.jitaccess.start import Starter


def test_each_api_may_have_an_address_of_its_own(start: Starter) -> None:
    private = "https://cloudasset-jit.p.googleapis.com"
    settings = start(GOOGLE_API_ENDPOINT_CLOUDASSET=private)
    assert settings["GOOGLE_API_ENDPOINTS"] == {"cloudasset": private}


def test_an_unsafe_address_of_one_api_is_named(start: Starter) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"GOOGLE_API_ENDPOINT_IAM: 'http://iam.example"):
        start(GOOGLE_API_ENDPOINT_IAM="http://iam.example.com")


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy"])
def test_the_proxy_is_read_under_both_names(start: Starter, name: str) -> None:
    settings = start(**{name: "proxy.example.com:3128", "no_proxy": "10.0.0.0/8, .corp.example "})
    assert settings["HTTPS_PROXY"] == "http://proxy.example.com:3128"
    assert settings["NO_PROXY"] == ("10.0.0.0/8", ".corp.example")
    assert settings["NEAR_NAMES"] == ()


def test_an_invalid_proxy_is_named_without_its_password(start: Starter) -> None:
    with pytest.raises(ImproperlyConfigured, match="HTTPS_PROXY: ") as refusal:
        start(HTTPS_PROXY="http://jit:hunter2@proxy.example.com:port")
    assert "hunter2" not in str(refusal.value)
