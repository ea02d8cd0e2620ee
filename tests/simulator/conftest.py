"""One simulator and one caller for each test."""

from collections.abc import Iterator

import pytest

from simulator import Simulator
from tests.simulator.client import Google


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


@pytest.fixture
def google(sim: Simulator) -> Iterator[Google]:
    caller = Google(sim)
    yield caller
    caller.http.clear()
