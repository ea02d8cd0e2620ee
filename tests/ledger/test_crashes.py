"""Killing the server under load loses and duplicates nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection

from simulator import Simulator
from tests.ledger.crashing import Crashes
from tests.ledger.world import World

# PostgreSQL, as in production, gets the full number; bench/crash.py runs as many as requested.
MANY = connection.vendor == "postgresql"
KILLS = 10 if MANY else 6
# A busy machine does little between two kills, so add rounds until every operation succeeded once.
MOST = 25
ALL = {"activate", "ask", "approve", "end", "extend"}


def done(crashes: Crashes) -> set[str]:
    """Return the operations that were answered as successful."""
    return ALL & {success.what for success in crashes.answers.successes}


@pytest.fixture
def crashes(simulated: Simulator, transactional_db: None, tmp_path: Path) -> Crashes:
    return Crashes(simulated, World.create(simulated, size=6), tmp_path, seed="gate")


@pytest.mark.slow
def test_after_each_kill_iam_and_ledger_agree_and_every_success_is_recorded(
    crashes: Crashes,
) -> None:
    with crashes:
        while crashes.kills < KILLS or (MANY and crashes.kills < MOST and done(crashes) < ALL):
            assert crashes.one_more() == [], f"after kill {crashes.kills}"
    assert crashes.answers.errors == []
    if MANY:
        assert done(crashes) >= ALL
        assert crashes.recovered > 0, "no kill hit an open operation: the test has no teeth"
    assert crashes.after_all_access_expired() == []
