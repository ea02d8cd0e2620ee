"""Clocks that jump or differ between instances neither lengthen access nor duplicate grants."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from activations.domain.bindings import find_ours
from activations.domain.caller import Caller
from activations.domain.request_details import RequestDetails
from activations.domain.states import GrantState
from activations.iam import writes
from activations.iam.dependencies import current_dependencies
from activations.models import Grant, User
from activations.people.actor import Actor
from activations.reconciliation.run import reconcile
from activations.services.self_activation import SelfActivation, self_activate
from googlecloud.calls import Deadline
from simulator import Simulator
from tests.conftest import PersonClient
from tests.journeys.shop import COMPUTE, PROJECT, activate
from tests.ledger.invariants import different
from tests.ledger.later import reconcile_later, writer_at
from tests.ledger.world import policies
from tests.moments import now

pytestmark = pytest.mark.one_database

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
JUMPS = (timedelta(hours=-2), -MINUTE, MINUTE, timedelta(hours=2))


def actor(person: PersonClient) -> Actor:
    person.api_get("/api/policy")
    user = User.objects.get(email=person.email)
    return Actor(user, Caller(user.email, user.subject), "https://jit.example.com")


def jumping(by: timedelta) -> Callable[[], datetime]:
    """Return a clock that jumps after the first call."""
    readings: list[datetime] = []

    def clock() -> datetime:
        readings.append(now())
        return readings[-1] if len(readings) == 1 else readings[-1] + by

    return clock


@pytest.mark.parametrize("by", JUMPS, ids=str)
def test_a_jump_between_decision_and_write_changes_nothing_about_the_access(
    alice: PersonClient, simulated: Simulator, by: timedelta
) -> None:
    before = now().replace(microsecond=0)
    writer = replace(current_dependencies(), clock=jumping(by))
    asked = SelfActivation(PROJECT, (COMPUTE,), RequestDetails(30, "CASE-1"))
    self_activate(asked=asked, actor=actor(alice), dependencies=writer)
    grant = Grant.objects.get()
    assert grant.state == GrantState.ACTIVE
    (binding,) = [one.ours for one in find_ours(simulated.company.policy(PROJECT)) if _alice(one)]
    assert (binding.start, binding.end) == (grant.start_time, grant.end_time)
    assert before <= binding.start <= now()
    assert binding.end - binding.start == timedelta(minutes=30)


def _alice(one: Any) -> bool:
    return bool(one.email == "alice@example.com" and one.role == "roles/compute.admin")


@pytest.mark.parametrize("by", [-MINUTE, MINUTE], ids=str)
def test_a_reconciler_whose_clock_is_a_minute_off_keeps_active_access(
    alice: PersonClient, simulated: Simulator, by: timedelta
) -> None:
    activate(alice, minutes=5)
    stands = simulated.company.policy(PROJECT)["bindings"]
    counts, _ = reconcile_later(by)
    assert (counts.drifted, counts.closed, counts.failed) == (0, 0, 0)
    kept = simulated.company.policy(PROJECT)["bindings"]
    assert [binding for binding in stands if binding not in kept] == _expired_binding(stands)
    assert Grant.objects.get(beneficiary_email="alice@example.com").state == GrantState.ACTIVE


def _expired_binding(bindings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the seeded activation that ended long ago."""
    return [one.ours.binding for one in find_ours({"bindings": bindings}) if one.ours.end < now()]


@pytest.mark.parametrize("first", [-MINUTE, MINUTE], ids=str)
def test_reconcilers_whose_clocks_differ_do_not_undo_each_other(
    alice: PersonClient, simulated: Simulator, first: timedelta
) -> None:
    activate(alice, minutes=5)
    activate(alice, minutes=50)
    for by in (first, -first, first):
        reconcile_later(by)
    assert different(policies(simulated.company), now=now()) == []
    writes = len(simulated.calls.of("*.setIamPolicy"))
    reconcile_later(-first)
    assert len(simulated.calls.of("*.setIamPolicy")) == writes


@pytest.mark.parametrize(("ahead", "is_free"), [(20 * SECOND, False), (HOUR, True)], ids=str)
def test_a_lease_from_the_future_does_not_lock_a_project_permanently(
    alice: PersonClient, ahead: timedelta, is_free: bool
) -> None:
    """A run with a clock ahead of time crashes; the next run waits no longer than after any crash."""
    activate(alice)
    with writes.try_turn("job:reconcile", clock=writer_at(ahead).clock):
        now_free = reconcile(
            dependencies=current_dependencies(), scope="organizations/7", deadline=_soon()
        )
    assert (now_free is not None) == is_free


def test_a_lease_is_free_after_it_expires(alice: PersonClient) -> None:
    activate(alice)
    with writes.try_turn("job:reconcile", clock=now):
        assert reconcile(dependencies=writer_at(MINUTE), scope="organizations/7", deadline=_soon())


def _soon() -> Deadline:
    return Deadline(30)
