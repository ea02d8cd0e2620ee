"""Grants that overlap or touch are one access."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from activations.domain.held import Span, uninterrupted

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def at(minute: int) -> datetime:
    return NOON + timedelta(minutes=minute)


def spans(*pairs: tuple[int, int | None]) -> list[Span[int]]:
    return [
        Span(at(start), None if end is None else at(end), number)
        for number, (start, end) in enumerate(pairs)
    ]


def accesses(*pairs: tuple[int, int | None]) -> list[tuple[datetime, datetime | None, int]]:
    return [(one.start, one.end, one.last.of) for one in uninterrupted(spans(*pairs))]


def test_an_extension_continues_the_access() -> None:
    assert accesses((0, 30), (30, 60)) == [(at(0), at(60), 1)]


def test_a_gap_begins_another_access() -> None:
    assert accesses((0, 30), (31, 60)) == [(at(0), at(30), 0), (at(31), at(60), 1)]


def test_a_short_grant_within_a_long_one_does_not_end_it() -> None:
    assert accesses((0, 60), (10, 20), (50, 55)) == [(at(0), at(60), 0)]


def test_access_that_lasts_has_no_end() -> None:
    assert accesses((0, None), (10, 20)) == [(at(0), None, 0)]
    assert accesses((0, 30), (20, None)) == [(at(0), None, 1)]


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20)), max_size=12))
def test_each_minute_is_covered_exactly_when_a_grant_covers_it(
    pairs: list[tuple[int, int]],
) -> None:
    ordered = sorted((start, start + length) for start, length in pairs)
    found = list(uninterrupted(spans(*ordered)))
    for minute in range(80):
        is_held = any(start <= minute < end for start, end in ordered)
        covering = [one for one in found if one.end and one.start <= at(minute) < one.end]
        assert len(covering) == int(is_held)
    assert sum(len(one.parts) for one in found) == len(ordered)
