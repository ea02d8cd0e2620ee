"""Text that people type: one way in, and one way to show it."""

from __future__ import annotations

import re
import unicodedata

PLACEHOLDER = "�"
_LINE_BREAKS = re.compile(r"[ \t]*[\r\n]+[ \t]*")
_UNPRINTABLE = frozenset({"Cc", "Cs"})  # control characters and unpaired surrogates
# Format characters show nothing or turn the direction of writing, except those that scripts and
# emoji need to join letters, and signs that stand before or below numbers and are seen.
_SHOWN_FORMAT = frozenset(
    "\u200c\u200d\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2"
    "\U000110bd\U000110cd"
)
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
    return unicodedata.category(letter) in _UNPRINTABLE and letter not in "\n\t"


def _is_hidden(letter: str) -> bool:
    is_format = unicodedata.category(letter) == "Cf" and letter not in _SHOWN_FORMAT
    return is_format or is_unprintable(letter)


def _shows_something(letter: str) -> bool:
    """Control characters count: they are refused by name, not as nothing."""
    if letter in _BLANK or unicodedata.name(letter, "").startswith("VARIATION SELECTOR"):
        return False
    category = unicodedata.category(letter)
    return category in _UNPRINTABLE or not category.startswith(("Z", "Cf"))
