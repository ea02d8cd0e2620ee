"""Text for people: what they enter, normalised and displayed, and durations in words."""

from __future__ import annotations

import re
import unicodedata
from datetime import timedelta

PLACEHOLDER = "�"
_LINE_BREAKS = re.compile(r"[ \t]*[\r\n]+[ \t]*")
_UNPRINTABLE = frozenset({"Cc", "Cs"})  # control characters and unpaired surrogates
# Format characters are invisible or change the writing direction, except those that scripts and
# emoji need to join letters, and visible signs that precede or underline numbers.
_SHOWN_FORMAT = frozenset(
    "\u200c\u200d\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2"
    "\U000110bd\U000110cd"
)
# Characters that are invisible although their category does not say so: fillers and blank patterns.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
MINUTE = timedelta(minutes=1)
UNITS = ((24 * 60, "d"), (60, "h"), (1, "min"))


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
    """Whether databases, logs or mails might not be able to store the character."""
    return unicodedata.category(letter) in _UNPRINTABLE and letter not in "\n\t"


def _is_hidden(letter: str) -> bool:
    is_format = unicodedata.category(letter) == "Cf" and letter not in _SHOWN_FORMAT
    return is_format or is_unprintable(letter)


def _shows_something(letter: str) -> bool:
    """Control characters count: the refusal names them instead of calling the text empty."""
    if letter in _BLANK or unicodedata.name(letter, "").startswith("VARIATION SELECTOR"):
        return False
    category = unicodedata.category(letter)
    return category in _UNPRINTABLE or not category.startswith(("Z", "Cf"))


def in_words(span: timedelta) -> str:
    """`45 min`, `1 h`, `23 h 59 min`, `1 d 2 h`: whole minutes, rounded up, never below zero."""
    minutes = minutes_up(span)
    parts = []
    for size, unit in UNITS:
        count, minutes = divmod(minutes, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts) or "0 min"


def minutes_in_words(minutes: int) -> str:
    return in_words(timedelta(minutes=minutes))


def minutes_up(span: timedelta) -> int:
    """Whole minutes, rounded up: immediately after 60 minutes were granted, 60 are left."""
    return max(-(-span // MINUTE), 0)


def minutes_down(span: timedelta) -> int:
    """Whole minutes, rounded down, never below zero."""
    return max(span // MINUTE, 0)
