"""`copy_history` moves everything from one database to another, exactly, or nothing."""

from __future__ import annotations

import http.client
import json
import re
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from jitaccess.history_copy import copied_models
from simulator import Simulator
from tests.jitaccess.private_postgresql import PrivatePostgresql, private_postgresql
from tests.jitaccess.served import run, serving

AUDIENCE = "/projects/1/global/backendServices/2"
ROLES = "/api/projects/shop-prod/roles"
EVENTS = "activations_event"
TABLES = sorted(model._meta.db_table for model in copied_models())


@pytest.fixture(scope="module")
def cloud() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture(scope="module")
def variables(cloud: Simulator) -> dict[str, str]:
    google = ("GCE_METADATA_HOST", "GCE_METADATA_IP", "GOOGLE_API_ENDPOINT", "IAP_KEYS_URL")
    return {name: cloud.environment[name] for name in google} | {
        "SECRET_KEY": "k" * 10 + "0123456789" * 5,
        "RESOURCE_SCOPE": "organizations/7",
        "RESOURCE_CUSTOMER_ID": "C0example1",
        "IAP_AUDIENCE": AUDIENCE,
        "ADMINISTRATORS": "user:olga@example.com",
        "PYTHONWARNINGS": "ignore",  # whitenoise's, that static files are not collected here
    }


def manage(variables: dict[str, str], url: str, *command: str) -> tuple[int, str]:
    done = run(variables | {"DATABASE_URL": url}, "manage.py", *command)
    return done.returncode, done.stdout + done.stderr


def migrated(variables: dict[str, str], url: str) -> str:
    status, said = manage(variables, url, "migrate", "--no-input", "--verbosity", "0")
    assert status == 0, said
    return url


def post(port: int, cloud: Simulator, person: str, path: str, body: Any) -> dict[str, Any]:
    assertion = cloud.assertion(f"{person}@example.com", audience=AUDIENCE)
    headers = {"X-JITACCESS": "1", "X-Goog-IAP-JWT-Assertion": assertion}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    sent = headers | {"Content-Type": "application/json"}
    connection.request("POST", path, json.dumps(body), sent)
    answer = connection.getresponse()
    found = json.loads(answer.read())
    connection.close()
    assert answer.status == 200, found
    return dict(found)


def activate(port: int, cloud: Simulator, role: str) -> dict[str, Any]:
    body = {"entitlementIds": [role], "justification": "CASE-1 ünï", "activationTimeout": 5}
    return post(port, cloud, "alice", f"{ROLES}/self-activate", body)


@pytest.fixture(scope="module")
def migrated_file(variables: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database without rows, to be copied."""
    file = tmp_path_factory.mktemp("migrated") / "db.sqlite3"
    migrated(variables, f"sqlite:///{file}")
    return file


@pytest.fixture
def empty(migrated_file: Path, tmp_path: Path) -> str:
    """The address of a database without rows."""
    shutil.copy(migrated_file, tmp_path / "new.sqlite3")
    return f"sqlite:///{tmp_path}/new.sqlite3"


@pytest.fixture(scope="module")
def source(
    cloud: Simulator,
    variables: dict[str, str],
    migrated_file: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A history with an activation, an approval and an end."""
    file = tmp_path_factory.mktemp("source") / "db.sqlite3"
    shutil.copy(migrated_file, file)
    url = f"sqlite:///{file}"
    with serving(variables | {"DATABASE_URL": url}) as port:
        activate(port, cloud, "shop-prod:roles/compute.admin")
        wish = {
            "entitlementId": "shop-prod:roles/iam.securityAdmin",
            "peers": ["bob@example.com"],
            "justification": "CASE-2",
            "activationTimeout": 10,
        }
        asked = post(port, cloud, "alice", f"{ROLES}/request", wish)
        approve = f"/api/requests/{asked['requestId']}/approve"
        post(port, cloud, "bob", approve, {"comment": "fine"})
    return file


def rows(file: Path) -> dict[str, list[Any]]:
    with sqlite3.connect(file) as connection:
        return {
            name: connection.execute(f"SELECT * FROM {name} ORDER BY 1").fetchall()
            for name in TABLES
        }


def damaged(source: Path, file: Path, damage: str) -> None:
    """Copy the file, and change it without its triggers."""
    shutil.copy(source, file)
    with sqlite3.connect(file) as connection:
        triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        for (name,) in connection.execute(triggers).fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(damage)


def head(said: str) -> str:
    (found,) = set(re.findall(r"\d+ events, head (\d+:[0-9a-f]{64})", said))
    return str(found)


def test_every_row_arrives_exactly_and_the_evidence_is_valid(
    source: Path, empty: str, variables: dict[str, str], tmp_path: Path
) -> None:
    status, said = manage(variables, empty, "copy_history", "--from", f"sqlite:///{source}")
    assert status == 0, said
    copied = rows(tmp_path / "new.sqlite3")
    assert copied == rows(source)
    assert len(copied["activations_event"]) >= 5
    assert head(said) == head(manage(variables, empty, "verify_evidence")[1])
    assert re.search(r"^activations_event: \d+$", said, re.MULTILINE)


def test_a_database_that_is_not_empty_is_refused(
    source: Path, variables: dict[str, str], tmp_path: Path
) -> None:
    shutil.copy(source, tmp_path / "used.sqlite3")
    before = rows(tmp_path / "used.sqlite3")
    status, said = manage(
        variables,
        f"sqlite:///{tmp_path}/used.sqlite3",
        *("copy_history", "--from", f"sqlite:///{source}"),
    )
    assert (status, "The database is not empty" in said) == (1, True)
    assert rows(tmp_path / "used.sqlite3") == before


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ("UPDATE activations_request SET justification = 'forged'", "evidence is not valid"),
        ("UPDATE activations_event SET comment = 'forged'", "evidence is not valid"),
        (
            "DELETE FROM django_migrations WHERE app = 'policies'",
            "different migrations: policies.0001_versions",
        ),
    ],
)
def test_a_damaged_or_older_database_is_refused_and_nothing_is_copied(
    damage: str,
    words: str,
    source: Path,
    empty: str,
    variables: dict[str, str],
    tmp_path: Path,
) -> None:
    damaged(source, tmp_path / "old.sqlite3", damage)
    before = rows(tmp_path / "new.sqlite3")
    status, said = manage(
        variables, empty, "copy_history", "--from", f"sqlite:///{tmp_path}/old.sqlite3"
    )
    assert (status, words in said) == (1, True), said
    assert rows(tmp_path / "new.sqlite3") == before


def test_an_address_that_cannot_be_copied_from_is_refused_without_its_password(
    variables: dict[str, str], empty: str
) -> None:
    same = manage(variables, empty, "copy_history", "--from", empty)
    assert (same[0], "Both addresses name the same database" in same[1]) == (1, True)
    status, said = manage(variables, empty, "copy_history", "--from", "mysql://u:hunter2@h/n")
    assert (status, "--from must be" in said, "hunter2" in said) == (1, True, False)


def test_a_file_that_does_not_exist_is_refused_and_not_created(
    variables: dict[str, str], empty: str, tmp_path: Path
) -> None:
    missing = tmp_path / "typo.sqlite3"
    status, said = manage(variables, empty, "copy_history", "--from", f"sqlite:///{missing}")
    assert (status, f"There is no file {missing} to copy from" in said) == (1, True), said
    assert not missing.exists()


def test_all_tables_of_the_product_are_copied_but_the_index() -> None:
    assert {"activations_event", "activations_request", "policies_policyversion"} <= set(TABLES)
    assert [name for name in TABLES if name.startswith(("eligibility_", "django_", "auth_"))] == []


@pytest.fixture
def postgresql() -> Iterator[PrivatePostgresql]:
    with private_postgresql() as server:
        yield server


def times(postgresql: PrivatePostgresql) -> list[str]:
    """Return when each event happened, to the microsecond."""
    as_sqlite = "to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"
    with psycopg.connect(host=str(postgresql.folder), user="root", dbname="jit") as connection:
        found = connection.execute(f"SELECT {as_sqlite} FROM {EVENTS} ORDER BY sequence")
        return [at for (at,) in found]


def exact(stored: str) -> str:
    """Return SQLite's time with all six digits, which it leaves out when they are zero."""
    return f"{datetime.fromisoformat(stored):%Y-%m-%d %H:%M:%S.%f}"


@pytest.mark.postgresql
def test_history_moves_to_postgresql_continues_there_and_comes_back(
    source: Path,
    cloud: Simulator,
    variables: dict[str, str],
    postgresql: PrivatePostgresql,
    empty: str,
    tmp_path: Path,
) -> None:
    target = migrated(variables, postgresql.url())
    status, said = manage(variables, target, "copy_history", "--from", f"sqlite:///{source}")
    assert status == 0, said
    assert head(said) == head(manage(variables, target, "verify_evidence")[1])
    assert times(postgresql) == [exact(row[1]) for row in rows(source)[EVENTS]]
    with serving(variables | {"DATABASE_URL": target}) as port:
        activate(port, cloud, "shop-prod:roles/run.admin")
    later = manage(variables, target, "verify_evidence")[1]
    assert int(head(later).partition(":")[0]) > int(head(said).partition(":")[0])
    status, said = manage(variables, empty, "copy_history", "--from", target)
    assert (status, head(said)) == (0, head(later)), said
    returned, sent = rows(tmp_path / "new.sqlite3"), rows(source)
    addresses = {row[1:3] for row in sent["activations_address"]}
    assert addresses <= {row[1:3] for row in returned["activations_address"]}
