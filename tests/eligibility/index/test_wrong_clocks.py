"""A clock that was ahead once does not keep an old index in use."""

from __future__ import annotations

from datetime import timedelta

import pytest

from activations.reporting.metrics import metrics
from eligibility.index.served import last_read_at, served
from eligibility.models import IndexedBinding, Refresh
from simulator import Simulator
from tests.eligibility.index.runs import Clock, killed_run, run
from tests.eligibility.index.world import expected, indexed
from tests.moments import now

pytestmark = pytest.mark.django_db
JIT = "has({}.jitAccessConstraint)"


@pytest.fixture
def ahead() -> Clock:
    clock = Clock()
    clock.pass_by(timedelta(days=400))
    return clock


def change(simulated: Simulator) -> None:
    simulated.company.bind("payroll", "roles/run.admin", "user:alice@example.com", JIT)
    simulated.company.join("platform@example.com", "erin@example.com")


def test_an_index_with_a_date_in_the_future_is_not_served(
    simulated: Simulator, ahead: Clock
) -> None:
    run(simulated, clock=ahead)
    assert served(now()) is None
    assert served(ahead()) is not None


def test_the_next_refresh_replaces_it(simulated: Simulator, ahead: Clock) -> None:
    run(simulated, clock=ahead)
    change(simulated)
    row = run(simulated)
    assert row is not None
    assert served(now()) == row
    assert last_read_at() == row.started_at
    assert metrics(now())["index_bindings"] == row.bindings
    assert indexed() == expected(simulated)  # groups and titles as well


def test_its_rows_are_deleted_and_not_those_that_are_served(
    simulated: Simulator, ahead: Clock
) -> None:
    wrong = run(simulated, clock=ahead)
    first, second = run(simulated), run(simulated)
    assert not IndexedBinding.objects.filter(refresh=wrong).exists()
    assert IndexedBinding.objects.filter(refresh=first).exists()
    assert served(now()) == second


def test_a_refresh_that_began_in_the_future_is_abandoned(
    simulated: Simulator, ahead: Clock
) -> None:
    assert killed_run(simulated, at=60, clock=ahead)
    row = run(simulated)
    assert row is not None
    assert Refresh.objects.get(status=Refresh.Status.ABANDONED).started_at > now()
    assert served(now()) == row


def test_clocks_of_two_servers_may_differ_a_little(simulated: Simulator) -> None:
    clock = Clock()
    clock.pass_by(timedelta(seconds=20))
    row = run(simulated, clock=clock)
    assert served(now()) == row
