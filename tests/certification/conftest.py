"""An indexed company for every test of access reviews."""

from __future__ import annotations

import pytest

from simulator import Simulator
from tests.certification import campaigns


@pytest.fixture(autouse=True)
def _indexed(simulated: Simulator, db: None) -> None:
    campaigns.indexed(simulated)
