"""The platform determines the expected audience of assertions."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from jitaccess.errors import NoAudience
from jitaccess.identity.assertion import expected_audiences
from jitaccess.runtime import Platform
from simulator import Simulator
from tests.jitaccess.anybody import call

pytestmark = pytest.mark.one_database


NUMBER, PROJECT = "100000000001", "jit-access-host"
ALICE = "alice@example.com"


@pytest.fixture
def somewhere(simulated: Simulator, settings: Settings) -> Settings:
    settings.IAP_AUDIENCE = ()
    settings.IAP_BACKEND_SERVICE_ID = ""
    settings.PLATFORM = Platform.MACHINE
    return settings


def test_on_app_engine(somewhere: Settings) -> None:
    somewhere.PLATFORM = Platform.APP_ENGINE
    assert expected_audiences() == (f"/projects/{NUMBER}/apps/{PROJECT}",)


def test_app_engine_has_no_backend_service(somewhere: Settings) -> None:
    somewhere.PLATFORM = Platform.APP_ENGINE
    somewhere.IAP_BACKEND_SERVICE_ID = "42"
    assert expected_audiences() == (f"/projects/{NUMBER}/apps/{PROJECT}",)


@pytest.mark.parametrize("platform", [Platform.CLOUD_RUN, Platform.MACHINE])
def test_behind_a_load_balancer(somewhere: Settings, platform: Platform) -> None:
    somewhere.PLATFORM = platform
    somewhere.IAP_BACKEND_SERVICE_ID = "42"
    assert expected_audiences() == (f"/projects/{NUMBER}/global/backendServices/42",)


def test_directly_on_cloud_run(somewhere: Settings, simulated: Simulator) -> None:
    somewhere.PLATFORM = Platform.CLOUD_RUN
    somewhere.K_SERVICE = "jit"
    (audience,) = expected_audiences()
    assert audience.startswith(f"/projects/{NUMBER}/locations/")
    assert audience.endswith("/services/jit")
    assert "//" not in audience


def test_a_job_of_cloud_run_does_not_know_it(somewhere: Settings) -> None:
    somewhere.PLATFORM = Platform.CLOUD_RUN
    somewhere.K_SERVICE = ""
    with pytest.raises(NoAudience):
        expected_audiences()


@pytest.mark.django_db
def test_a_configured_audience_needs_no_metadata(somewhere: Settings, simulated: Simulator) -> None:
    somewhere.IAP_AUDIENCE = ("/projects/1/apps/a", "/projects/1/apps/b")
    simulated.faults.add("metadata.*", status=503, times=None)
    for audience, status in (("a", 200), ("b", 200), ("c", 403)):
        assert (
            call(simulated.assertion(ALICE, f"/projects/1/apps/{audience}")).status_code == status
        )


def test_an_unknown_audience_rejects_everybody(somewhere: Settings) -> None:
    with pytest.raises(NoAudience, match="IAP_AUDIENCE"):
        expected_audiences()


@pytest.mark.django_db
def test_without_an_audience_people_are_told_so(somewhere: Settings, simulated: Simulator) -> None:
    answer = call(simulated.assertion(ALICE))
    assert answer.status_code == 503
    assert "IAP_AUDIENCE" in answer.json()["message"]
    assert call(simulated.assertion(ALICE), "/activity").status_code == 503


@pytest.mark.django_db
def test_without_metadata_nobody_is_let_in(simulated: Simulator, no_retry_delay: object) -> None:
    simulated.faults.add("metadata.*", status=503, times=None)
    assert call(simulated.assertion(ALICE)).status_code == 503
