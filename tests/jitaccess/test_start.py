"""The server refuses to start while it would do harm, and says what to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from pytest_django import Settings

from activations.evidence.triggers import remove_triggers
from jitaccess.refusal import StartRefused
from jitaccess.runtime import Platform
from jitaccess.start import require_readiness
from tests.jitaccess.log_lines import LogLines
from tests.jitaccess.start import Starter

pytestmark = pytest.mark.one_database


NOTHING = {"SECRET_KEY": "", "RESOURCE_SCOPE": "", "RESOURCE_CUSTOMER_ID": ""}
ALL = ["RESOURCE_SCOPE", "RESOURCE_CUSTOMER_ID", "SECRET_KEY_SECRET"]


@pytest.mark.django_db
def test_a_complete_database_lets_the_server_start() -> None:
    require_readiness()


@pytest.mark.django_db
def test_unapplied_migrations_are_named_with_the_command() -> None:
    recorder = MigrationRecorder(connection)
    newest = max(name for app, name in recorder.applied_migrations() if app == "activations")
    recorder.record_unapplied("activations", newest)
    with pytest.raises(StartRefused, match=rf"activations\.{newest} first.*manage.py migrate"):
        require_readiness()


@pytest.mark.django_db
def test_unprotected_evidence_is_named_with_the_command() -> None:
    remove_triggers(connection)
    with pytest.raises(StartRefused, match=r"event_no_update.*manage.py migrate"):
        require_readiness()


@pytest.mark.django_db
@pytest.mark.parametrize("platform", [Platform.APP_ENGINE, Platform.CLOUD_RUN])
def test_static_files_that_were_not_collected_are_named_with_the_command(
    platform: Platform, settings: Settings, tmp_path: Path
) -> None:
    settings.PLATFORM, settings.ALLOW_SQLITE, settings.STATIC_ROOT = platform, False, tmp_path
    with pytest.raises(StartRefused, match=r"manage.py collectstatic --no-input"):
        require_readiness()
    (tmp_path / "staticfiles.json").touch()
    require_readiness()


@pytest.mark.django_db
def test_where_sqlite_is_allowed_missing_static_files_are_only_told(
    settings: Settings, tmp_path: Path, log: LogLines
) -> None:
    settings.ALLOW_SQLITE, settings.STATIC_ROOT = True, tmp_path
    require_readiness()
    (entry,) = log.of("runtime.startup")
    assert (entry["severity"], "collectstatic" in entry["message"]) == ("WARNING", True)


@pytest.mark.django_db
def test_a_machine_needs_a_configured_audience(settings: Settings) -> None:
    settings.PLATFORM, settings.IAP_BACKEND_SERVICE_ID = Platform.MACHINE, ""
    with pytest.raises(StartRefused, match="IAP_AUDIENCE='/projects/"):
        require_readiness()
    settings.IAP_AUDIENCE = ("/projects/1/apps/p",)
    require_readiness()


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_down_may_come_back(log: LogLines) -> None:
    kept = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict |= {"HOST": "/nowhere", "NAME": "/nowhere/at/all"}
    try:
        require_readiness()
    finally:
        connection.close()
        connection.settings_dict |= kept
    assert log.of("start.database")[0]["severity"] == "ERROR"


@pytest.mark.parametrize(
    ("variable", "line"),
    [
        ("GAE_ENV", '^  {name}: "'),
        ("K_SERVICE", "^        - name: {name}$"),
        ("USER", "^export {name}='"),
    ],
)
def test_everything_missing_is_told_at_once_with_its_line(
    variable: str, line: str, start: Starter
) -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        start(**NOTHING, **{variable: "x"})
    names = ALL if variable == "USER" else [*ALL, "DATABASE_URL_SECRET"]
    for name in names:
        assert re.search(line.format(name=name), str(refused.value), re.MULTILINE)
    assert len(re.findall("^# ", str(refused.value), re.MULTILINE)) == len(names)


def test_what_is_there_is_not_asked_for(start: Starter) -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        start(K_SERVICE="x", RESOURCE_CUSTOMER_ID="")
    assert "RESOURCE_SCOPE" not in str(refused.value)
    assert "SECRET_KEY" not in str(refused.value)


def test_postgresql_is_not_waited_for_until_the_request_is_lost(start: Starter) -> None:
    url = "postgres://u:p@h/n?sslmode=require"
    options = start(DATABASE_URL=url)["DATABASES"]["default"]["OPTIONS"]
    assert options == {"connect_timeout": 10, "tcp_user_timeout": 20_000, "sslmode": "require"}
