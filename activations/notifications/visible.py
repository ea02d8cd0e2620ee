"""Text that people typed, without what could make it look like something else."""

from __future__ import annotations

import unicodedata

# Control characters, lone surrogates, and the marks that turn the direction of writing.
HIDDEN_CATEGORIES = frozenset({"Cc", "Cs"})
DIRECTION = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")


def visible(text: str) -> str:
    """The text with its line breaks and tabs, other invisible characters shown as `�`."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join("�" if _is_hidden(character) else character for character in lines)


def _is_hidden(character: str) -> bool:
    if character in "\n\t":
        return False
    return unicodedata.category(character) in HIDDEN_CATEGORIES or character in DIRECTION
