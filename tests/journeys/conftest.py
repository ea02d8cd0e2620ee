"""Google accounts for the journeys in which addresses change between accounts."""

from __future__ import annotations

import pytest

from simulator import Simulator
from tests.journeys.accounts import Account
from tests.journeys.renamed import ALICE, BOB


@pytest.fixture
def alice_account(simulated: Simulator, db: None) -> Account:
    """The Google account that has Alice's address first."""
    return Account(simulated, ALICE, subject="1")


@pytest.fixture
def next_owner(simulated: Simulator, db: None) -> Account:
    """Another Google account, which is given Alice's address later."""
    return Account(simulated, ALICE, subject="2", later=10)


@pytest.fixture
def reviewer(simulated: Simulator, db: None) -> Account:
    """Bob's Google account."""
    return Account(simulated, BOB, subject="3")
