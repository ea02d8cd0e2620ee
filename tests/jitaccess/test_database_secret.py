"""The database's address can be in Secret Manager; what fails is named, and the address never shown."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from googlecloud.cloud import Cloud
from googlecloud.config import CloudConfig
from jitaccess.database import database_settings
from jitaccess.environment import Environment
from jitaccess.runtime import Platform
from simulator import Simulator
from tests.jitaccess.start import Starter

SECRET = "projects/jit-access-host/secrets/jitaccess-database-url"
LATEST = f"{SECRET}/versions/latest"
URL = "postgres://jit:hunter2@//cloudsql/p:r:i/jitaccess"


def read(simulated: Simulator, **variables: str) -> dict[str, Any]:
    google = CloudConfig(endpoint=simulated.url, retry_budget=0)
    return database_settings(
        Environment(variables),
        allow_sqlite=False,
        platform=Platform.APP_ENGINE,
        cloud=Cloud(google),
    )


def test_the_address_is_read_from_secret_manager(simulated: Simulator) -> None:
    simulated.company.secrets.put(SECRET, f"{URL}\n".encode())
    config = read(simulated, DATABASE_URL_SECRET=LATEST)
    assert (config["HOST"], config["NAME"]) == ("/cloudsql/p:r:i", "jitaccess")
    assert (config["USER"], config["PASSWORD"]) == ("jit", "hunter2")


def test_an_address_in_the_environment_wins(simulated: Simulator) -> None:
    config = read(simulated, DATABASE_URL_SECRET=LATEST, DATABASE_URL="postgres://a:b@c/d")
    assert config["NAME"] == "d"
    assert len(simulated.calls.of("secretmanager.*")) == 0


@pytest.mark.parametrize("data", [b"mysql://jit:hunter2@h/d", b"hunter2", b"", b"\xffhunter2"])
def test_a_secret_that_is_no_address_stops_the_start_without_being_shown(
    simulated: Simulator, data: bytes
) -> None:
    simulated.company.secrets.put(SECRET, data)
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL_SECRET") as refusal:
        read(simulated, DATABASE_URL_SECRET=LATEST)
    assert "hunter2" not in str(refusal.value)


def test_a_secret_that_is_missing_or_unavailable_is_named(simulated: Simulator) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"DATABASE_URL_SECRET: {LATEST}: .*not found"):
        read(simulated, DATABASE_URL_SECRET=LATEST)
    simulated.faults.add("secretmanager.*", status=503, times=None)
    with pytest.raises(ImproperlyConfigured, match=f"DATABASE_URL_SECRET: {LATEST}: "):
        read(simulated, DATABASE_URL_SECRET=LATEST)


def test_an_address_where_its_name_belongs_stops_the_start_without_being_shown(
    simulated: Simulator,
) -> None:
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL_SECRET must be the") as refusal:
        read(simulated, DATABASE_URL_SECRET=URL)
    assert "hunter2" not in str(refusal.value)
    assert len(simulated.calls.of("secretmanager.*")) == 0


def test_a_short_outage_of_secret_manager_does_not_stop_the_start(simulated: Simulator) -> None:
    simulated.company.secrets.put(SECRET, URL.encode())
    simulated.faults.add("secretmanager.*", status=503, times=1)
    google = CloudConfig(endpoint=simulated.url)
    variables = Environment({"DATABASE_URL_SECRET": LATEST})
    config = database_settings(
        variables, allow_sqlite=False, platform=Platform.APP_ENGINE, cloud=Cloud(google)
    )
    assert config["PASSWORD"] == "hunter2"


def test_it_is_what_a_platform_that_forgets_its_disk_asks_for(start: Starter) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"DATABASE_URL_SECRET: .projects/PROJECT"):
        start(GAE_ENV="standard")


def options_with_iam(url: str) -> dict[str, Any]:
    variables = Environment({"DATABASE_URL": url, "DATABASE_IAM_LOGIN": "true"})
    found: dict[str, Any] = database_settings(
        variables, allow_sqlite=False, platform=Platform.CLOUD_RUN, cloud=Cloud(CloudConfig())
    )
    return dict(found["OPTIONS"])


def test_an_access_token_travels_to_a_network_address_only_encrypted() -> None:
    options, user = options_with_iam, "postgres://jitaccess%40p.iam"
    assert Environment({"X": f"{user}@10.1.2.3/j"}).database("X", "")["USER"] == "jitaccess@p.iam"
    assert options(f"{user}@10.1.2.3/jitaccess")["sslmode"] == "require"
    assert options(f"{user}@10.1.2.3/j?sslmode=verify-ca")["sslmode"] == "verify-ca"
    assert "sslmode" not in options(f"{user}@//cloudsql/p:r:i/jitaccess")
    assert "sslmode" not in options(f"{user}@127.0.0.1/jitaccess")


@pytest.mark.parametrize("mode", ["disable", "allow", "prefer"])
@pytest.mark.parametrize(
    "place", ["10.1.2.3/j?", "/j?host=10.1.2.3&", "127.0.0.1/j?hostaddr=10.1.2.3&"]
)
def test_an_address_that_would_send_an_access_token_in_the_clear_is_refused(
    mode: str, place: str
) -> None:
    user = "postgres://jitaccess%40p.iam"
    with pytest.raises(ImproperlyConfigured, match="must have sslmode require, verify-ca or"):
        options_with_iam(f"{user}@{place}sslmode={mode}")
    assert options_with_iam(f"{user}@127.0.0.1/j?sslmode={mode}")["sslmode"] == mode


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("ssl=true", "PostgreSQL has no connection option 'ssl'"),
        ("conninfo=host%3Dh", "PostgreSQL has no connection option 'conninfo'"),
        ("connect_timeout=abc", "connect_timeout must be a whole number"),
        ("tcp_user_timeout=5s", "tcp_user_timeout must be a whole number"),
        ("sslmode=banana", "sslmode must be one of disable, allow, prefer, require, verify-ca or"),
    ],
)
def test_an_option_that_libpq_refuses_stops_the_start_and_is_named(option: str, words: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"X: {words}") as refusal:
        Environment({"X": f"postgres://u:hunter2@h/d?{option}"}).database("X", "")
    assert "hunter2" not in str(refusal.value)


def test_options_of_libpq_and_of_django_are_accepted() -> None:
    options = "sslmode=verify-full&sslrootcert=/ca.pem&keepalives_idle=30&application_name=jit&assume_role=x"
    found = Environment({"X": f"postgres://u:p@h/d?{options}"}).database("X", "")
    assert found["OPTIONS"]["keepalives_idle"] == 30
    assert len(found["OPTIONS"]) == 5


def test_iam_login_is_refused_for_sqlite() -> None:
    variables = Environment({"DATABASE_URL": "sqlite:///x", "DATABASE_IAM_LOGIN": "true"})
    with pytest.raises(ImproperlyConfigured, match="DATABASE_IAM_LOGIN=true is for PostgreSQL"):
        database_settings(
            variables, allow_sqlite=True, platform=Platform.MACHINE, cloud=Cloud(CloudConfig())
        )
