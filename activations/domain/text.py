"""Text that people type: one way in, and one way to show it."""

from __future__ import annotations

import re
import unicodedata

PLACEHOLDER = "�"
_LINE_BREAKS = re.compile(r"[ \t]*[\r\n]+[ \t]*")
# Control characters, unpaired surrogates, and the marks that turn the direction of writing.
_HIDDEN = frozenset({"Cc", "Cs"})
_DIRECTION = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
# Characters that show nothing although their category does not say so: fillers and blank patterns.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


def normalised(text: str) -> str:
    """Return text as it is recorded: composed, with line feeds, trimmed; empty if nothing is visible."""
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    trimmed = composed.strip()
    return trimmed if any(map(_shows_something, trimmed)) else ""


def folded(text: str) -> str:
    """Return the text on one line, with a blank for each line break."""
    return _LINE_BREAKS.sub(" ", text)


def visible(text: str) -> str:
    """Return the text with its line breaks and tabs; hidden characters become placeholders."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(PLACEHOLDER if _is_hidden(letter) else letter for letter in lines)


def is_unprintable(letter: str) -> bool:
    """Whether no database, log or mail should be asked to keep it."""
    return unicodedata.category(letter) in _HIDDEN and letter not in "\n\t"


def _is_hidden(letter: str) -> bool:
    return is_unprintable(letter) or letter in _DIRECTION


def _shows_something(letter: str) -> bool:
    """Control characters count: they are refused by name, not as nothing."""
    if letter in _BLANK or unicodedata.name(letter, "").startswith("VARIATION SELECTOR"):
        return False
    category = unicodedata.category(letter)
    return category in _HIDDEN or not category.startswith(("Z", "Cf"))
