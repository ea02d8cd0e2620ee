"""Ending access removes every active binding of it, and never restores time that somebody removed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from activations.domain.bindings import Wanted, live_ours, new_binding, without_access

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ACCESS = Wanted("alice@example.com", "roles/x", "", NOW - HOUR, NOW + HOUR, "Self-approved")
LONGER = replace(ACCESS, end=NOW + 3 * HOUR)
REMAINING = replace(ACCESS, end=NOW + 2 * HOUR, description="the other grant")
FOREIGN: dict[str, Any] = {"role": "roles/x", "members": ["user:alice@example.com"]}
OTHERS = [
    FOREIGN,
    new_binding(replace(ACCESS, email="bob@example.com")),
    new_binding(replace(ACCESS, role="roles/y")),
    new_binding(replace(ACCESS, resource_condition="a > b")),
    new_binding(replace(ACCESS, start=NOW - 2 * HOUR, end=NOW)),  # expires at this moment
]


def policy_of(*wanted: Wanted) -> dict[str, Any]:
    return {"etag": "e", "version": 3, "bindings": [*OTHERS, *map(new_binding, wanted)]}


def ended(policy: dict[str, Any], remaining: Wanted | None = None) -> dict[str, Any]:
    """Return the policy after ending access; check that ending it again changes nothing."""
    after = without_access(policy, ACCESS, remaining=remaining, now=NOW)
    assert without_access(after, ACCESS, remaining=remaining, now=NOW) == after
    return after


def test_every_active_binding_is_removed_also_one_lengthened_by_hand() -> None:
    assert ended(policy_of(ACCESS, LONGER)) == policy_of()


def test_one_binding_remains_for_another_grant() -> None:
    assert ended(policy_of(ACCESS, LONGER), REMAINING) == policy_of(REMAINING)
    assert ended(policy_of(LONGER), REMAINING) == policy_of(REMAINING)
    assert ended(policy_of(REMAINING, ACCESS), REMAINING) == policy_of(REMAINING)


def test_the_latest_end_decides_whether_somebody_shortened_the_access() -> None:
    for wanted in ((LONGER, ACCESS), (ACCESS, LONGER)):
        assert ended(policy_of(*wanted), REMAINING) == policy_of(REMAINING)


def test_a_binding_that_ends_with_the_remaining_grant_is_not_changed() -> None:
    standing = replace(REMAINING, description="as somebody described it")
    assert ended(policy_of(standing), REMAINING) == policy_of(standing)


def test_a_binding_with_the_same_end_and_another_start_is_written_again() -> None:
    standing = replace(REMAINING, start=NOW - HOUR / 2)
    assert ended(policy_of(standing), REMAINING) == policy_of(REMAINING)


def test_time_that_somebody_removed_is_not_restored() -> None:
    assert ended(policy_of(ACCESS), REMAINING) == policy_of(ACCESS)


@pytest.mark.parametrize("remaining", [None, REMAINING])
def test_access_without_a_binding_is_not_written(remaining: Wanted | None) -> None:
    assert ended(policy_of(), remaining) == policy_of()
    assert ended({"etag": "e"}, remaining) == {"etag": "e"}


def test_access_is_active_until_its_end_exclusive() -> None:
    (ours,) = live_ours(policy_of(ACCESS), ACCESS, now=NOW + HOUR - timedelta(seconds=1))
    assert ours.end == NOW + HOUR
    assert live_ours(policy_of(ACCESS), ACCESS, now=NOW + HOUR) == []
    assert live_ours({"bindings": None}, ACCESS, now=NOW) == []
