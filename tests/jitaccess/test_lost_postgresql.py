"""A server with a real PostgreSQL that refuses, is stopped, comes back, is full or only readable."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

from jitaccess.doctor.check_result import State
from jitaccess.doctor.storage import storage
from jitaccess.doctor.target import target
from simulator import Simulator
from tests.jitaccess.private_postgresql import PrivatePostgresql, private_postgresql
from tests.jitaccess.served import get, run, serving, wait_until
from tests.moments import now

pytestmark = pytest.mark.postgresql

AUDIENCE = "/projects/1/global/backendServices/2"
ROLE = "shop-prod:roles/compute.admin"


@pytest.fixture(scope="module")
def cloud() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture(scope="module")
def postgresql() -> Iterator[PrivatePostgresql]:
    with private_postgresql() as server:
        yield server


@pytest.fixture(scope="module")
def variables(cloud: Simulator, postgresql: PrivatePostgresql) -> dict[str, str]:
    google = ("GCE_METADATA_HOST", "GCE_METADATA_IP", "GOOGLE_API_ENDPOINT", "IAP_KEYS_URL")
    made = {name: cloud.environment[name] for name in google} | {
        "SECRET_KEY": "k" * 10 + "0123456789" * 5,
        "RESOURCE_SCOPE": "organizations/7",
        "RESOURCE_CUSTOMER_ID": "C0example1",
        "IAP_AUDIENCE": AUDIENCE,
        "DATABASE_URL": postgresql.url(),
        "PYTHONWARNINGS": "ignore",  # whitenoise's, that static files are not collected here
    }
    migrated = run(made, "manage.py", "migrate", "--no-input", "--verbosity", "0")
    assert migrated.returncode == 0, migrated.stderr
    return made


def entries(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def event(entry: dict[str, Any]) -> str:
    found: str = entry["logging.googleapis.com/labels"]["event"]
    return found


def headers(cloud: Simulator) -> dict[str, str]:
    assertion = cloud.assertion("alice@example.com", audience=AUDIENCE)
    return {"X-JITACCESS": "1", "X-Goog-IAP-JWT-Assertion": assertion}


def activate(port: int, cloud: Simulator) -> tuple[int, bytes]:
    body = {"entitlementIds": [ROLE], "justification": "CASE-1", "activationTimeout": 5}
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    sent = headers(cloud) | {"Content-Type": "application/json"}
    client.request("POST", "/api/projects/shop-prod/roles/self-activate", json.dumps(body), sent)
    answer = client.getresponse()
    found = answer.status, answer.read()
    client.close()
    return found


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"password": "wrong"}, "does not accept the user or password of JIT Access"),
        ({"name": "nothing"}, "has no database of the configured name"),
    ],
)
def test_a_definite_fault_refuses_the_start_in_one_entry_and_a_short_text(
    wrong: dict[str, str],
    words: str,
    variables: dict[str, str],
    postgresql: PrivatePostgresql,
) -> None:
    broken = variables | {"DATABASE_URL": postgresql.url(**wrong)}
    refused = run(broken, "-m", "gunicorn", "jitaccess.wsgi", "-b", "127.0.0.1:0")
    assert refused.returncode != 0
    found = entries(refused.stdout)
    (entry,) = [each for each in found if event(each) == "runtime.refused"]
    assert entry["severity"] == "CRITICAL"
    assert words in entry["message"]
    assert "DATABASE_URL" in entry["problems"][0]
    assert "right-password" not in refused.stdout + refused.stderr
    (line,) = refused.stderr.splitlines()
    assert line.startswith("JIT Access cannot start. The database")


def test_a_failing_command_writes_one_entry_and_one_line(
    variables: dict[str, str], postgresql: PrivatePostgresql
) -> None:
    broken = variables | {"DATABASE_URL": postgresql.url(password="wrong")}
    for command in ("deliver", "reconcile", "migrate", "refresh_eligibility"):
        failed = run(broken, "manage.py", command)
        assert failed.returncode == 1
        (entry,) = [each for each in entries(failed.stdout) if event(each) == "job.failed"]
        assert entry["severity"] == "ERROR"
        assert entry["logging.googleapis.com/labels"]["job"] == command
        assert "Traceback" not in entry["message"] + failed.stderr
        (line,) = failed.stderr.splitlines()
        assert line.startswith(f"{command} failed. The database does not accept the user")


def test_a_server_that_starts_without_its_database_works_as_soon_as_it_is_there(
    variables: dict[str, str], postgresql: PrivatePostgresql, cloud: Simulator, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    postgresql.stop()
    try:
        with serving(variables, output=log) as port:
            assert get(port, "/health/ready")[0] == 503
            status, page = get(port, "/activity", headers(cloud))
            assert (status, b"The database cannot be reached" in page) == (503, True)
            postgresql.start()
            assert get(port, "/health/ready")[0] == 200
            assert get(port, "/activity", headers(cloud))[0] == 200
    finally:
        if not (postgresql.folder / "data" / "postmaster.pid").exists():
            postgresql.start()
    found = entries(log.read_text())
    assert [each["severity"] for each in found if event(each) == "start.database"] == ["ERROR"]
    assert len([each for each in found if event(each) == "database.failed"]) == 1
    assert "http.error" not in {event(each) for each in found}


def test_a_running_server_survives_stop_read_only_and_full(
    variables: dict[str, str], postgresql: PrivatePostgresql, cloud: Simulator, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    with serving(variables, output=log) as port:
        assert get(port, "/activity", headers(cloud))[0] == 200
        postgresql.stop()
        assert get(port, "/activity", headers(cloud))[0] == 503
        assert get(port, "/api/policy", headers(cloud))[0] == 503
        postgresql.start()
        assert get(port, "/activity", headers(cloud))[0] == 200

        postgresql.execute("ALTER DATABASE jit SET default_transaction_read_only = on")
        postgresql.disconnect()
        status, body = activate(port, cloud)
        assert (status, b"The database accepts no changes" in body) == (503, True)
        assert get(port, "/activity", headers(cloud))[0] == 200
        postgresql.execute("ALTER DATABASE jit RESET default_transaction_read_only")

        postgresql.execute("ALTER ROLE jit PASSWORD 'another'")
        postgresql.disconnect()
        status, body = get(port, "/api/policy", headers(cloud))
        assert (status, b"does not accept the user or password" in body) == (503, True)
        postgresql.execute("ALTER ROLE jit PASSWORD 'right-password'")
        assert get(port, "/health/ready")[0] == 200
    found = entries(log.read_text())
    assert "http.error" not in {event(each) for each in found}
    assert len([each for each in found if event(each) == "database.failed"]) == 4


def test_a_connection_without_a_slot_is_tried_again_for_a_moment(
    variables: dict[str, str], postgresql: PrivatePostgresql, cloud: Simulator
) -> None:
    def answer_when_a_slot_is_freed_meanwhile() -> int:
        postgresql.execute("ALTER ROLE jit CONNECTION LIMIT 0")
        postgresql.disconnect()
        later = threading.Timer(0.3, postgresql.execute, ["ALTER ROLE jit CONNECTION LIMIT -1"])
        later.start()
        status, _ = get(port, "/api/policy", headers(cloud))
        later.join()
        return status

    with serving(variables) as port:
        postgresql.execute("ALTER ROLE jit CONNECTION LIMIT 0")
        postgresql.disconnect()
        try:
            started = time.monotonic()
            status, body = get(port, "/api/policy", headers(cloud))
            assert (status, b"The database has no free connection" in body) == (503, True)
            assert 0.7 < time.monotonic() - started < 10  # it was tried five times
            # On a busy machine the slot may be freed after the last attempt.
            wait_until(
                lambda: answer_when_a_slot_is_freed_meanwhile() == 200,
                "a connection is not tried again",
            )
        finally:
            postgresql.execute("ALTER ROLE jit CONNECTION LIMIT -1")


@pytest.mark.django_db(transaction=True)
def test_the_doctor_finds_that_connections_are_nearly_used_up(
    postgresql: PrivatePostgresql,
) -> None:
    kept = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict |= {"HOST": str(postgresql.folder), "USER": "root", "NAME": "jit"}
    try:
        assert next(storage(target(now))).state is State.OK
        with ExitStack() as others:
            for _ in range(15):
                others.enter_context(
                    psycopg.connect(host=str(postgresql.folder), user="root", dbname="jit")
                )
            found = next(storage(target(now)))
    finally:
        connection.close()
        connection.settings_dict |= kept
    assert (found.name, found.state) == ("Database", State.PROBLEM)
    assert "of whose 17 connections 16 are in use" in found.what
    assert "max_connections" in found.remedy


def test_a_statement_that_takes_too_long_is_ended_and_named(
    variables: dict[str, str], postgresql: PrivatePostgresql, cloud: Simulator
) -> None:
    with serving(variables) as port:
        postgresql.execute("ALTER ROLE jit SET lock_timeout = '200ms'")
        postgresql.disconnect()
        try:
            with postgresql.locked("activations_user"):
                status, body = get(port, "/api/policy", headers(cloud))
        finally:
            postgresql.execute("ALTER ROLE jit RESET lock_timeout")
    assert (status, b"The database took too long" in body) == (503, True)
