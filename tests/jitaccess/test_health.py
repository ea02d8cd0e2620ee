"""Probes return names and booleans; the log has the reasons."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from pytest_django import Settings

from eligibility import providers
from jitaccess.open_paths import WARM_UP
from jitaccess.runtime import Platform
from simulator import Simulator
from tests.jitaccess.cases import cases, vectors
from tests.jitaccess.log_lines import LogLines

pytestmark = pytest.mark.one_database


READY = "/health/ready"
ALIVE = "/health/alive"


def get(path: str, **headers: str) -> Any:
    return Client(raise_request_exception=False).get(path, headers=headers)


@vectors("health", names={"alive"})
def test_alive_needs_nothing(given: dict[str, Any], expected: dict[str, Any]) -> None:
    answer = get(given["path"])
    assert answer.status_code == expected["status"]
    assert answer.json() == expected["body"]


def test_vectors_of_other_checks_are_explained() -> None:
    explained = {
        "ready_ok": "names a check of its own; the next test holds the same shape for ours",
        "derived_dev_mode_check": "there is no development mode; the name stays, always true",
    }
    assert cases("health").keys() == {"alive", *explained}


@pytest.mark.django_db
def test_ready_when_everything_is_there(simulated: Simulator) -> None:
    answer = get(READY)
    assert answer.status_code == 200
    body = answer.json()
    assert body["healthy"] is True
    assert body["details"]["DevModeIsDisabled"] is True
    assert set(body["details"].values()) == {True}


@pytest.mark.parametrize("path", [ALIVE, READY])
@pytest.mark.django_db
def test_probes_have_neither_host_nor_identity(
    path: str, simulated: Simulator, settings: Settings
) -> None:
    settings.ALLOWED_HOSTS = ["jit.example.com"]
    assert get(path, Host="10.0.0.1:8080").status_code == 200
    assert get(path, Host="not/a host").status_code == 200


@pytest.mark.parametrize("path", [ALIVE, READY])
@pytest.mark.parametrize("method", ["post", "put", "delete", "patch", "options"])
def test_other_methods_are_refused(path: str, method: str) -> None:
    answer = getattr(Client(), method)(path)
    assert answer.status_code == 405
    assert "GET" in answer["Allow"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", [ALIVE, READY])
def test_answers_are_not_kept(path: str, simulated: Simulator) -> None:
    assert "no-store" in get(path)["Cache-Control"]


@pytest.mark.parametrize("path", ["/health", "/health/", "/health/alive/", "/health/other"])
@pytest.mark.django_db
def test_nothing_else_is_a_door(path: str, simulated: Simulator) -> None:
    assert get(path).status_code == 403


@pytest.mark.django_db
def test_warming_up_loads_clients_and_calls_no_api(
    simulated: Simulator, settings: Settings, log: LogLines
) -> None:
    settings.PLATFORM = Platform.APP_ENGINE
    answer = get(WARM_UP)
    found = {"healthy": True, "details": {"DatabaseIsMigrated": True}}
    assert (answer.status_code, answer.json()) == (200, found)
    loaded = vars(vars(providers.cloud())["_clients"])
    assert {"asset", "directory", "resource_manager"} <= loaded.keys()
    assert not list(simulated.calls)
    assert log.of("http.request") == []


@pytest.mark.django_db
@pytest.mark.parametrize("platform", [Platform.CLOUD_RUN, Platform.MACHINE])
def test_warm_up_is_no_door_elsewhere(
    platform: Platform, simulated: Simulator, settings: Settings
) -> None:
    settings.PLATFORM = platform
    assert get(WARM_UP, **{"X-Forwarded-Proto": "https"}).status_code in {301, 403}


@pytest.mark.django_db
def test_not_ready_before_migrations(simulated: Simulator, log: LogLines) -> None:
    recorder = MigrationRecorder(connection)
    newest = max(name for app, name in recorder.applied_migrations() if app == "activations")
    recorder.record_unapplied("activations", newest)
    answer = get(READY)
    assert answer.status_code == 503
    assert answer.json()["healthy"] is False
    assert answer.json()["details"]["DatabaseIsMigrated"] is False
    (entry,) = log.of("api.checkHealth")
    assert entry["severity"] == "WARNING"
    assert entry["message"].startswith("DatabaseIsMigrated: ")
    assert "migrations" not in answer.content.decode()


@pytest.mark.django_db
def test_not_ready_without_metadata(
    simulated: Simulator, no_retry_delay: object, log: LogLines
) -> None:
    simulated.faults.add("metadata.*", status=503, times=None)
    answer = get(READY)
    assert answer.status_code == 503
    assert answer.json()["details"]["AudienceIsKnown"] is False
    assert log.of("api.checkHealth")[0]["message"].startswith("AudienceIsKnown: The metadata")
    assert "metadata" not in answer.content.decode()


@pytest.mark.django_db
def test_not_ready_without_an_audience(
    simulated: Simulator, settings: Settings, log: LogLines
) -> None:
    settings.PLATFORM = Platform.MACHINE
    settings.IAP_BACKEND_SERVICE_ID = ""
    answer = get(READY)
    assert answer.status_code == 503
    assert answer.json()["details"]["AudienceIsKnown"] is False
    assert "IAP_AUDIENCE" in log.of("api.checkHealth")[0]["message"]


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_down_is_not_ready_and_alive(
    simulated: Simulator, settings: Settings, log: LogLines
) -> None:
    settings.PLATFORM = Platform.APP_ENGINE
    kept = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict |= {"HOST": "/nowhere", "NAME": "/nowhere/at/all"}
    try:
        assert get(READY).status_code == 503
        assert get(WARM_UP).status_code == 503
        assert get(ALIVE).status_code == 200
    finally:
        connection.close()
        connection.settings_dict |= kept
    assert log.of("api.checkHealth")[0]["message"].startswith("DatabaseIsMigrated: The database")
