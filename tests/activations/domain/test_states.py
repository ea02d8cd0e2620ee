"""The tables of states: every state has a way, and an end."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from itertools import permutations
from typing import Any

import pytest

from activations.domain.states import (
    GRANT_PRECEDENCE,
    GRANT_TRANSITIONS,
    REQUEST_TRANSITIONS,
    GrantState,
    RequestState,
    Status,
    grant_status,
    request_status,
)

# Each table has states of its own kind.
Transitions = Mapping[Any, frozenset[Any]]


def reached(start: StrEnum, transitions: Transitions) -> set[StrEnum]:
    found: set[StrEnum] = set()
    ahead = [start]
    while ahead:
        state = ahead.pop()
        if state not in found:
            found.add(state)
            ahead.extend(transitions[state])
    return found


def test_every_state_is_in_its_table_and_has_a_way_to_it() -> None:
    assert reached(RequestState.PENDING, REQUEST_TRANSITIONS) == set(RequestState)
    assert reached(GrantState.PROVISIONING, GRANT_TRANSITIONS) == set(GrantState)


def test_a_pending_request_is_decided_withdrawn_or_expires_and_nothing_follows() -> None:
    steps = {
        (was.value, became.value) for was, ways in REQUEST_TRANSITIONS.items() for became in ways
    }
    assert steps == {
        ("pending", "approved"),
        ("pending", "declined"),
        ("pending", "withdrawn"),
        ("pending", "expired"),
    }


def test_a_grant_becomes_active_or_fails_and_what_was_active_ends() -> None:
    steps = {
        (was.value, became.value) for was, ways in GRANT_TRANSITIONS.items() for became in ways
    }
    assert steps == {
        ("provisioning", "active"),
        ("provisioning", "failed"),
        ("active", "ended"),
    }


@pytest.mark.parametrize("transitions", [REQUEST_TRANSITIONS, GRANT_TRANSITIONS])
def test_nothing_comes_back(transitions: Transitions) -> None:
    for state, ways in transitions.items():
        for way in ways:
            assert state not in reached(way, transitions)


def test_what_is_over_stays_so() -> None:
    over = {state for state, ways in GRANT_TRANSITIONS.items() if not ways}
    assert over == {GrantState.ENDED, GrantState.FAILED}
    assert REQUEST_TRANSITIONS[RequestState.DECLINED] == frozenset()


@pytest.mark.parametrize("state", GrantState)
def test_every_grant_has_a_status(state: GrantState) -> None:
    assert grant_status(state, is_over=False).name == state.name
    over = grant_status(state, is_over=True)
    assert over is (Status.ENDED if state is GrantState.ACTIVE else Status[state.name])


@pytest.mark.parametrize("state", set(RequestState) - {RequestState.APPROVED})
def test_a_request_speaks_for_itself_until_it_is_approved(state: RequestState) -> None:
    assert request_status(state, [Status.ACTIVE]) is request_status(state, [])
    assert request_status(state, []) is not Status.ACTIVE


def test_of_several_grants_the_strongest_names_the_request() -> None:
    for count in range(1, len(GRANT_PRECEDENCE) + 1):
        for grants in permutations(GRANT_PRECEDENCE, count):
            strongest = min(grants, key=GRANT_PRECEDENCE.index)
            assert request_status(RequestState.APPROVED, list(grants)) is strongest


def test_an_approved_request_without_grants_is_on_its_way() -> None:
    assert request_status(RequestState.APPROVED, []) is Status.PROVISIONING
