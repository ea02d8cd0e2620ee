"""Fill a database with version 0.1.0, migrate it, verify, and let 0.1.0 run at the same time: python bench/upgrade.py.

Needs git with the history of this repository. `UPGRADE_DATABASE_URL` names an empty database; a file of
SQLite is used otherwise. The journeys of 0.1.0 run with its own code on the schema of this version.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

BEFORE = "994fe4c"
HERE = Path(__file__).resolve().parent.parent
HISTORY = 2_000
# Actions of 0.1.0 over HTTP on its simulated cloud, in a database that is kept afterwards.
STORY = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
import django
django.setup()
from django.conf import settings
from simulator import Simulator
from tests.conftest import PersonClient
from tests.journeys import approvals
from tests.journeys.approvals import decide
from tests.journeys.shop import TEN_ROLES, activate
from activations.models import Grant
settings.ALLOWED_HOSTS = ["*"]
with Simulator() as cloud:
    settings.GOOGLE_API_ENDPOINT = cloud.url
    settings.IAP_KEYS_URL = f"{cloud.url}/iap/verify/public_key"
    os.environ.update(GCE_METADATA_HOST=cloud.metadata_host, GCE_METADATA_IP=cloud.metadata_host)
    alice, bob = (PersonClient(cloud, f"{name}@example.com") for name in ("alice", "bob"))
    assert activate(alice, *TEN_ROLES[:3]).status_code == 200
    last = Grant.objects.filter(state="active", beneficiary_email="alice@example.com")[0]
    answer = alice.api_post(f"/api/grants/{last.pk}/end", {"reason": "done"})
    assert answer.status_code == 200, answer.content
    # Its name in 0.1.0 was another one.
    asked = getattr(approvals, "pending_request", None) or approvals.asked
    assert decide(bob, asked(alice), "approve", "fine").status_code == 200
    assert decide(bob, asked(alice, minutes=5), "decline", "not today").status_code == 200
    asked(alice, minutes=7)
"""
# The triggers allow tests of 0.1.0, but not its code, to move rows into the past and to empty tables.
PLUGIN = """
import sys
from contextlib import contextmanager
import pytest

@contextmanager
def without_triggers(connection):
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        found = cursor.fetchall()
        for name, _ in found:
            cursor.execute(f"DROP TRIGGER {name}")
        yield
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        there = {name for (name,) in cursor.fetchall()}
        for name, sql in found:
            if name not in there:
                cursor.execute(sql)

@pytest.fixture(scope="session", autouse=True)
def by_tests_only(django_db_setup):
    from django.core.management.commands import flush
    from django.db import connection
    from django.db.models import QuerySet
    update, empty = QuerySet.update, flush.Command.handle

    def update_of(rows, **values):
        caller = sys._getframe(1).f_code.co_filename
        caller = sys._getframe(2).f_code.co_filename if "manager" in caller else caller
        if "/tests/" not in caller:
            return update(rows, **values)
        with without_triggers(connection):
            return update(rows, **values)

    def emptied(self, **options):
        with without_triggers(connection):
            return empty(self, **options)

    QuerySet.update, flush.Command.handle = update_of, emptied
"""
TAKE_IN = """
import django
django.setup()
from django.utils import timezone
from activations.evidence.imports import take_in_later
print("taken in:", take_in_later(now=timezone.now()))
"""


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="jitaccess-upgrade-") as folder:
        old = Path(folder) / "old"
        old.mkdir()
        check_out(old)
        url = os.environ.get("UPGRADE_DATABASE_URL", f"sqlite:///{folder}/db.sqlite3")
        manage = ["manage.py", "migrate", "--no-input", "-v0", "--settings", "tests.settings"]
        verify = ["manage.py", "verify_evidence", "--settings", "tests.settings"]
        _run("0.1.0 migrates", old, url, *manage)
        _run("0.1.0 fills", old, url, "bench/seed_history.py", str(HISTORY))
        _run("0.1.0 works", old, url, "-c", STORY)
        _run("this version migrates", HERE, url, *manage)
        _run("this version verifies", HERE, url, *verify)
        _run("0.1.0 works beside", old, url, "-c", STORY)
        _run("this version works beside", HERE, url, "-c", STORY)
        _run("this version verifies before it takes in", HERE, url, *verify)
        _run("this version takes in what 0.1.0 wrote", HERE, url, "-c", TAKE_IN)
        _run("this version verifies", HERE, url, *verify)
        _journeys(old, Path(folder) / "journeys.sqlite3", manage)


def _journeys(old: Path, database: Path, manage: list[str]) -> None:
    """Run the journeys of 0.1.0, with its code and tests, on SQLite with the current tables and triggers."""
    url = f"sqlite:///{database}"
    _run("this version makes an empty database", HERE, url, *manage)
    settings = f"from tests.settings import *\nDATABASES['default']['TEST'] = {{'NAME': {str(database)!r}}}\n"
    (old / "beside_settings.py").write_text(settings)
    (old / "beside.py").write_text(PLUGIN)
    options = ["-p", "beside", "--ds", "beside_settings", "--reuse-db", "-q", "-p", "no:randomly"]
    _run("journeys of 0.1.0", old, url, "-m", "pytest", "tests/journeys", *options)


def check_out(folder: Path) -> None:
    """Write the files of version 0.1.0 into the folder."""
    archive = subprocess.run(
        ["git", "archive", BEFORE], cwd=HERE, check=True, capture_output=True
    ).stdout
    subprocess.run(["tar", "-x"], cwd=folder, check=True, input=archive)


def _run(what: str, folder: Path, url: str, *arguments: str) -> None:
    print(f"=== {what}", flush=True)
    environment = os.environ | {
        "DATABASE_URL": url,
        "PYTHONPATH": str(folder),
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }
    subprocess.run([sys.executable, *arguments], cwd=folder, check=True, env=environment)


if __name__ == "__main__":
    main()
