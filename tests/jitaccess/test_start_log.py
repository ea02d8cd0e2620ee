"""The first log entry names project and service account of an instance."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from jitaccess.runtime import Platform
from jitaccess.start_log import log_where_we_run
from jitaccess.version import VERSION, release
from simulator import Simulator
from tests.conftest import FakeClock


def test_project_identity_version_and_catalog_are_named_as_in_the_original(
    simulated: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    wait()
    (record,) = caplog.records
    assert record.__dict__["event"] == "runtime.startup"
    assert record.getMessage() == (
        f"Running in project {simulated.host_project} ({simulated.host_number})"
        f" as {simulated.service_account}, version {VERSION}, using ASSETINVENTORY catalog"
    )


def test_a_silent_metadata_server_is_logged_and_stops_nothing(
    simulated: Simulator, no_retry_delay: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    simulated.faults.add("metadata.*", status=503, times=None)
    wait()
    (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert record.__dict__["event"] == "runtime.startup"
    assert record.getMessage().startswith("Failed to lookup instance metadata: ")


def test_an_ordinary_machine_has_no_metadata_server_to_query(
    simulated: Simulator, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.PLATFORM = Platform.MACHINE
    caplog.set_level("INFO")
    assert log_where_we_run() is None
    assert not list(simulated.calls)
    (record,) = caplog.records
    assert record.getMessage() == (
        f"Running version {VERSION} on one machine, using ASSETINVENTORY catalog"
    )


def test_the_revision_follows_the_version(
    simulated: Simulator, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.RELEASE = release("1a2b3c4")
    caplog.set_level("INFO")
    wait()
    assert f", version {VERSION} (1a2b3c4), using" in caplog.records[0].getMessage()


def wait() -> None:
    thread = log_where_we_run()
    assert thread
    thread.join(10)
    assert not thread.is_alive()
