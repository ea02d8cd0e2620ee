"""Durations in words."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activations.domain.durations import in_words, minutes_down, minutes_up


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 min"),
        (-5, "0 min"),
        (1, "1 min"),
        (60, "1 min"),
        (61, "2 min"),
        (30 * 60, "30 min"),
        (59 * 60 + 58, "1 h"),
        (90 * 60, "1 h 30 min"),
        (1439 * 60, "23 h 59 min"),
        (86_400, "1 d"),
        (26 * 3600, "1 d 2 h"),
        (7 * 86_400 + 60, "7 d 1 min"),
    ],
)
def test_a_duration_is_written_in_words_and_rounded_up(seconds: int, words: str) -> None:
    assert in_words(timedelta(seconds=seconds)) == words


@given(st.integers(0, 10**7))
def test_rounding_up_and_down_differ_by_at_most_a_minute(seconds: int) -> None:
    span = timedelta(seconds=seconds)
    assert minutes_up(span) - minutes_down(span) == (1 if seconds % 60 else 0)
