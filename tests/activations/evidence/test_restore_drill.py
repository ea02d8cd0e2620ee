"""The restore drill of docs/operations.md: its commands, on both databases."""

from __future__ import annotations

import io
import os
import re
import shlex
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from activations.evidence.triggers import faults
from activations.evidence.verification import log_chain_head
from activations.models import Event
from tests.activations.rows import NOON
from tests.conftest import PersonClient
from tests.jitaccess.log_lines import LogLines, labels
from tests.jitaccess.private_postgresql import binaries
from tests.journeys.approvals import decide, pending_request
from tests.journeys.shop import COMPUTE, TEN_ROLES, activate

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = Path(__file__).resolve().parents[3] / "docs" / "operations.md"
RESTORED = "jitaccess_drill"


def documented(*programs: str) -> list[str]:
    """Return the commands of the drill that begin with one of these programs."""
    _, _, section = PAGE.read_text().partition("### Restore drill\n")
    section, _, _ = section.partition("\n## ")
    return re.findall(rf"^ *((?:{'|'.join(programs)}) .*)$", section, re.MULTILINE)


def backed_up_file(folder: Path) -> str:
    """Copy the SQLite database, and return the path of the copy."""
    [command] = documented("sqlite3")
    copy, running = folder / "drill.sqlite3", str(connection.settings_dict["NAME"])
    if shutil.which("sqlite3"):
        command = command.replace("db.sqlite3", running, 1).replace("drill.sqlite3", str(copy))
        subprocess.run(shlex.split(command), check=True)
    else:  # what .backup does
        with closing(sqlite3.connect(running)) as one, closing(sqlite3.connect(copy)) as other:
            one.backup(other)
    return str(copy)


def dumped_and_restored(folder: Path) -> str:
    """Dump the PostgreSQL database, restore it under another name, and return that."""
    params = connection.get_connection_params()
    variables = {"PGHOST": params.get("host"), "PGUSER": params.get("user")}
    variables |= {"PGPASSWORD": params.get("password"), "PGPORT": params.get("port")}
    name = f"{params['dbname']}_drill"
    env = os.environ | {key: str(value) for key, value in variables.items() if value}
    env["PATH"] = f"{binaries()}{os.pathsep}{env['PATH']}"
    for command in [f"dropdb --if-exists {name}", *documented("pg_dump", "createdb", "pg_restore")]:
        filled = command.replace(RESTORED, name)
        filled = re.sub(r"--dbname=jitaccess$", f"--dbname={params['dbname']}", filled)
        subprocess.run(shlex.split(filled), check=True, cwd=folder, env=env, capture_output=True)
    return name


@contextmanager
def connected_to(name: str) -> Iterator[None]:
    """Let the application use another database."""
    running = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = running


@pytest.fixture
def back_up(tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Return how to back up and restore under another name."""
    made: list[str] = []

    def backed_up() -> str:
        is_file = connection.vendor == "sqlite"
        made.append(backed_up_file(tmp_path) if is_file else dumped_and_restored(tmp_path))
        return made[-1]

    yield backed_up
    if connection.vendor == "postgresql":
        for name in made:
            with connection.cursor() as cursor:
                cursor.execute(f'DROP DATABASE "{name}"')


def verified(*heads: str) -> str:
    """Run `verify_evidence`, and return what it says."""
    out = io.StringIO()
    expected = [part for head in heads for part in ("--expect-head", head)]
    try:
        call_command("verify_evidence", *expected, stdout=out, stderr=io.StringIO())
    except CommandError as error:
        return str(error)
    return out.getvalue()


def heads_of(log: LogLines, event: str, *names: str) -> list[str]:
    return [":".join(labels(entry)[name] for name in names) for entry in log.of(event)]


def test_a_restored_back_up_is_complete_and_one_that_is_too_old_is_noticed(
    alice: PersonClient, bob: PersonClient, log: LogLines, back_up: Callable[[], str]
) -> None:
    activate(alice, *TEN_ROLES[1:3])
    assert decide(bob, pending_request(alice), "approve", "fine").status_code == 200
    log_chain_head(NOON)
    [anchor] = heads_of(log, "evidence.head", "head")
    count = Event.objects.count()
    copy = back_up()
    activate(alice, COMPUTE)
    *before, newer = heads_of(log, "api.activateRole", "event_sequence", "event_hash")
    assert verified(anchor, *before, newer).startswith("The evidence is valid: ")
    with connected_to(copy):
        assert faults(connection) == []
        call_command("check", "--database", "default")
        assert (
            verified(anchor, *before) == f"The evidence is valid: {count} events, head {anchor}\n"
        )
        assert f"Event {count + 1} is missing" in (said := verified(anchor, newer))
        assert f"the log names event {newer.partition(':')[0]}" in said
        # The application goes on with the copy, whose next events are others than those of the log.
        assert activate(alice, TEN_ROLES[3]).status_code == 200
        assert verified(anchor, *before).startswith("The evidence is valid: ")
        assert "is not the one in the log" in verified(anchor, newer)
