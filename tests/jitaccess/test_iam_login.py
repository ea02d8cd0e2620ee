"""With DATABASE_IAM_LOGIN, each new connection logs in with the access token of that moment."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError

from activations.database_faults import Fault, fault_of
from eligibility import providers
from googlecloud.cloud import Cloud
from jitaccess.postgresql.base import DatabaseWrapper
from simulator import Simulator
from tests.jitaccess.private_postgresql import PrivatePostgresql, private_postgresql

# The wrapper is made here, so the database of the tests is not touched.
pytestmark = [pytest.mark.postgresql, pytest.mark.django_db]

USER = "jitaccess@p.iam"


@pytest.fixture(scope="module")
def postgresql() -> Iterator[PrivatePostgresql]:
    """A server that, like Cloud SQL, accepts a token as password."""
    with private_postgresql() as server:
        server.execute(f'CREATE ROLE "{USER}" LOGIN')
        yield server


@pytest.fixture
def database(postgresql: PrivatePostgresql, simulated: Simulator) -> Iterator[DatabaseWrapper]:
    settings: dict[str, Any] = {
        "NAME": "jit",
        "USER": USER,
        "PASSWORD": "",
        "HOST": str(postgresql.folder),
        "PORT": "",
        "OPTIONS": {},
        "IAM_LOGIN": True,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "TIME_ZONE": None,
        "AUTOCOMMIT": True,
        "ATOMIC_REQUESTS": False,
    }
    wrapper = DatabaseWrapper(settings)
    yield wrapper
    wrapper.close()


def accept_only(postgresql: PrivatePostgresql, token: str) -> None:
    postgresql.execute(f"""ALTER ROLE "{USER}" PASSWORD '{token}'""")


def user_of(database: DatabaseWrapper) -> str:
    with database.cursor() as cursor:
        cursor.execute("SELECT current_user")
        return str(cursor.fetchone()[0])


def test_it_logs_in_with_the_token_of_the_moment(
    database: DatabaseWrapper, postgresql: PrivatePostgresql
) -> None:
    accept_only(postgresql, providers.cloud().access_token())
    assert user_of(database) == USER


def test_a_later_connection_uses_a_later_token(
    database: DatabaseWrapper, postgresql: PrivatePostgresql
) -> None:
    first = providers.cloud().access_token()
    accept_only(postgresql, first)
    assert user_of(database) == USER
    providers.use_cloud(Cloud(providers.cloud_config()))  # an hour later, the old token has expired
    second = providers.cloud().access_token()
    assert second != first
    accept_only(postgresql, second)
    database.close()
    assert user_of(database) == USER


def test_another_token_is_a_wrong_login(
    database: DatabaseWrapper, postgresql: PrivatePostgresql
) -> None:
    accept_only(postgresql, "of somebody else")
    with pytest.raises(OperationalError) as caught:
        user_of(database)
    assert fault_of(caught.value) is Fault.LOGIN


def test_without_a_token_the_database_cannot_be_reached(
    database: DatabaseWrapper, simulated: Simulator
) -> None:
    simulated.faults.add("metadata.*", status=503, times=None)
    providers.use_cloud(Cloud(providers.cloud_config(), sleep=lambda _: None, clock=time.monotonic))
    with pytest.raises(OperationalError, match="no access token to log in with") as caught:
        user_of(database)
    assert fault_of(caught.value) is Fault.UNREACHABLE
