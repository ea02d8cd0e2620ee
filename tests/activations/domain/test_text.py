"""How typed text is recorded and shown, and durations in words."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.template import Context, Template
from django.utils.safestring import mark_safe
from hypothesis import given
from hypothesis import strategies as st

from activations.domain.text import folded, in_words, minutes_down, minutes_up, normalised, visible


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" a\r\nb\rc ", "a\nb\nc"),
        ("e\u0301", "\u00e9"),
        ("\u200b\u2060", ""),
        ("a\u200bb", "a\u200bb"),
        ("\ufe0f", ""),
    ],
)
def test_text_is_normalised_before_it_is_recorded(typed: str, kept: str) -> None:
    assert normalised(typed) == kept


def test_line_breaks_become_one_space() -> None:
    assert folded("a \n\n  b\nc") == "a b c"


@pytest.mark.parametrize("mark", ["\u202e", "\u2066", "\u200f", "\u200b", "\u00ad", "\x1b", "\x85"])
def test_characters_that_hide_or_reorder_text_are_shown_as_placeholders(mark: str) -> None:
    assert visible(f"a{mark}\nb") == "a\ufffd\nb"
    assert Template("{{ it|visible }}").render(Context({"it": f"<{mark}"})) == "&lt;\ufffd"
    assert (
        Template("{{ it|visible }}").render(Context({"it": mark_safe(f"<b>{mark}")})) == "<b>\ufffd"
    )


@pytest.mark.parametrize("text", ["👩\u200d💻", "می\u200cخواهم", "\u0600\u0661", "é ü ß", "a b"])
def test_joiners_required_by_a_script_are_shown_unchanged(text: str) -> None:
    assert visible(text) == text


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
