"""The tables of states match the diagram in the documentation and give one status for each state."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from itertools import permutations
from typing import Any

import pytest

from activations.domain.states import (
    GRANT_TRANSITIONS,
    REQUEST_TRANSITIONS,
    GrantState,
    RequestState,
    Status,
    grant_status,
    request_status,
)
from tests.activations.domain.drawn import drawn_steps

# Each table has its own type of states.
Transitions = Mapping[Any, frozenset[Any]]
# The order that docs/concepts.md gives: the first that applies to any grant names the request.
STRONGEST_FIRST = [
    *(Status.SCHEDULED, Status.PROVISIONING, Status.ACTIVE),
    *(Status.FAILED, Status.ENDED, Status.WITHDRAWN),
]


@pytest.mark.parametrize(
    ("life", "states", "transitions"),
    [
        ("request", RequestState, REQUEST_TRANSITIONS),
        ("grant", GrantState, GRANT_TRANSITIONS),
    ],
)
def test_the_table_allows_exactly_the_steps_of_the_diagram(
    life: str, states: type[StrEnum], transitions: Transitions
) -> None:
    allowed = {(state.value, way.value) for state, ways in transitions.items() for way in ways}
    assert allowed == drawn_steps(life)
    assert transitions.keys() == set(states)


@pytest.mark.parametrize("life", ["request", "grant"])
def test_the_diagram_has_no_cycles(life: str) -> None:
    steps = drawn_steps(life)
    (start,) = {before for before, _ in steps} - {after for _, after in steps}
    paths = [[start]]
    while paths:
        path = paths.pop()
        ahead = [after for before, after in steps if before == path[-1]]
        assert not set(ahead) & set(path)
        paths += [[*path, after] for after in ahead]


def test_reading_the_diagram_finds_its_steps() -> None:
    assert ("pending", "withdrawn") in drawn_steps("request")
    assert ("provisioning", "failed") in drawn_steps("grant")
    assert ("active", "ended") in drawn_steps("grant")
    assert ("active", "failed") not in drawn_steps("grant")


@pytest.mark.parametrize("state", GrantState)
def test_every_grant_has_a_status(state: GrantState) -> None:
    assert grant_status(state, is_over=False).name == state.name
    over = grant_status(state, is_over=True)
    assert over is (Status.ENDED if state is GrantState.ACTIVE else Status[state.name])


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (RequestState.PENDING, Status.ACTIVATION_PENDING),
        (RequestState.DECLINED, Status.DECLINED),
        (RequestState.WITHDRAWN, Status.WITHDRAWN),
        (RequestState.EXPIRED, Status.EXPIRED),
    ],
)
def test_a_request_that_is_not_approved_has_its_own_status(
    state: RequestState, status: Status
) -> None:
    assert request_status(state, []) is status
    assert request_status(state, [Status.ACTIVE]) is status


@pytest.mark.parametrize("count", range(1, len(STRONGEST_FIRST) + 1))
def test_the_first_applicable_status_of_several_grants_names_the_request(count: int) -> None:
    for grants in permutations(STRONGEST_FIRST, count):
        strongest = min(grants, key=STRONGEST_FIRST.index)
        assert request_status(RequestState.APPROVED, list(grants)) is strongest


def test_an_approved_request_without_grants_is_being_provisioned() -> None:
    assert request_status(RequestState.APPROVED, []) is Status.PROVISIONING
