"""Django's key comes from the environment or from Secret Manager, otherwise the start fails."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from googlecloud.cloud import Cloud
from googlecloud.config import CloudConfig
from jitaccess.environment import Environment
from jitaccess.secret_key import secret_key
from simulator import Simulator

SECRET = "projects/jit-access-host/secrets/key-of-the-test"
LATEST = f"{SECRET}/versions/latest"
KEY = "a key that is kept in Secret Manager, "


def read(simulated: Simulator, **variables: str) -> str:
    google = CloudConfig(endpoint=simulated.url, connect_timeout=2, read_timeout=2)
    return secret_key(Environment(variables), cloud=Cloud(google))


def test_a_key_in_the_environment_is_used_as_it_is(simulated: Simulator) -> None:
    assert read(simulated, SECRET_KEY="k" * 40) == "k" * 40
    assert len(simulated.calls.of("secretmanager.*")) == 0


def test_a_key_is_read_from_secret_manager(simulated: Simulator) -> None:
    simulated.company.secrets.put(SECRET, f"{KEY * 2}\n".encode())
    assert read(simulated, SECRET_KEY_SECRET=LATEST) == (KEY * 2).strip()


@pytest.mark.parametrize("data", [b"short", b"", b"\xff\xfe" * 40])
def test_a_secret_that_is_no_key_stops_the_start(simulated: Simulator, data: bytes) -> None:
    simulated.company.secrets.put(SECRET, data)
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY") as refusal:
        read(simulated, SECRET_KEY_SECRET=LATEST)
    assert "short" not in str(refusal.value).replace("too short", "")


def test_a_secret_that_is_not_there_stops_the_start(simulated: Simulator) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"SECRET_KEY_SECRET: {LATEST}: .*not found"):
        read(simulated, SECRET_KEY_SECRET=LATEST)


def test_a_key_where_its_name_belongs_stops_the_start_without_being_shown(
    simulated: Simulator,
) -> None:
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY_SECRET must be the name") as refusal:
        read(simulated, SECRET_KEY_SECRET="hunter2" * 10)
    assert "hunter2" not in str(refusal.value)
    assert len(simulated.calls.of("secretmanager.*")) == 0
