"""How typed text is recorded and shown."""

import pytest
from django.template import Context, Template
from django.utils.safestring import mark_safe

from activations.domain.text import folded, normalised, visible


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
