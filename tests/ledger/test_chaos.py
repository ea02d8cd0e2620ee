"""Kills, faults of Google and wrong clocks at the same time lose and duplicate nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator import Simulator
from tests.ledger.chaos import Chaos
from tests.ledger.fleet import Version
from tests.ledger.world import World

pytestmark = pytest.mark.one_database
# bench/chaos.py runs as many as requested, and lets databases fail as well.
ROUNDS, HAZARDS = 2, 3


@pytest.mark.slow
def test_kills_faults_and_wrong_clocks_at_once_violate_no_invariant(
    simulated: Simulator, transactional_db: None, tmp_path: Path
) -> None:
    world = World.create(simulated, size=4)
    with Chaos(simulated, world, tmp_path, seed="d") as chaos:
        chaos.add(Version("current"))
        for _ in range(ROUNDS):
            assert chaos.one_more(hazards=HAZARDS) == [], f"{chaos.happened}"
        assert chaos.after_all_access_expired() == []
    assert chaos.kills > ROUNDS, "only the last kill of each round: the seed is not one with teeth"
