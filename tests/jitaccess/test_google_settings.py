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
    with pytest.raises(ImproperlyConfigured, match=r"GOOGLE_API_ENDPOINT_IAM: it must start with"):
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


def test_several_audiences_of_every_form_are_accepted(start: Starter) -> None:
    audiences = (
        "/projects/1/apps/example.com:p",
        "/projects/1/global/backendServices/2",
        "/projects/1/europe-west1/backendServices/2",
        "/projects/1/locations/europe-west1/services/jitaccess",
    )
    assert start(IAP_AUDIENCE=" , ".join(audiences))["IAP_AUDIENCE"] == audiences
    assert start()["IAP_AUDIENCE"] == ()


@pytest.mark.parametrize(
    "audience",
    [
        "projects/1/apps/x",
        "/projects/my-project/apps/my-project",
        "/projects/1",
        "https://jit.example.com",
        "/projects/1/apps/a /projects/1/apps/b",
    ],
)
def test_an_audience_that_iap_never_sends_stops_the_start(start: Starter, audience: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="such as /projects/NUMBER/") as refusal:
        start(IAP_AUDIENCE=f"/projects/1/apps/p,{audience}")
    assert repr(audience) in str(refusal.value)


def test_the_account_of_the_scheduler_is_an_address_in_any_case(start: Starter) -> None:
    settings = start(CRON_SERVICE_ACCOUNT="Scheduler@p.iam.gserviceaccount.com")
    assert settings["CRON_SERVICE_ACCOUNT"] == "scheduler@p.iam.gserviceaccount.com"
    assert start()["CRON_SERVICE_ACCOUNT"] == ""


@pytest.mark.parametrize(
    "account", ["serviceAccount:s@p.iam.gserviceaccount.com", "scheduler", "a@b.com,c@d.com"]
)
def test_the_account_of_the_scheduler_in_another_form_stops_the_start(
    start: Starter, account: str
) -> None:
    with pytest.raises(ImproperlyConfigured, match="without serviceAccount:") as refusal:
        start(CRON_SERVICE_ACCOUNT=account)
    assert repr(account) in str(refusal.value)
