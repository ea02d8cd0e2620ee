"""The server dies without warning in the middle of everything: nothing is lost, nothing is doubled."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection

from simulator import Simulator
from tests.ledger.crashing import Crashes
from tests.ledger.world import World

# Production's database has the full number; bench/crash.py goes on for as long as one likes.
MANY = connection.vendor == "postgresql"
KILLS = 15 if MANY else 6
# A busy machine does little between two kills: some more then, until everything has been done once.
MOST = 25
ALL = {"activate", "ask", "approve", "end", "extend"}


def done(crashes: Crashes) -> set[str]:
    """What somebody was told to have succeeded."""
    return ALL & {told.what for told in crashes.memory.told}


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
    assert crashes.memory.mistakes == []
    if MANY:
        assert done(crashes) >= ALL
        assert crashes.recovered > 0, "no kill hit an open operation: the test has no teeth"
    assert crashes.when_all_is_over() == []
