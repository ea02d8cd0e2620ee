"""The reason for a change, which Google's audit log records with it."""

import re
import unicodedata

_LONGEST = 256
_NOT_PRINTABLE_ASCII = re.compile(r"[^\x20-\x7e]")
_SPELLED_OUT = str.maketrans(
    {
        "ß": "ss",
        "æ": "ae",
        "Æ": "Ae",
        "ø": "o",
        "Ø": "O",
        "ł": "l",
        "Ł": "L",
        "‘": "'",
        "’": "'",
        "“": '"',
        "”": '"',
        "–": "-",
        "—": "-",
    }
)


def ascii_reason(text: str) -> str:
    """Return `text` in a form that an HTTP header can carry: ASCII, one line, at most 256 characters."""
    plain = unicodedata.normalize("NFKD", text.translate(_SPELLED_OUT))
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    one_line = " ".join(bare.split())
    return _NOT_PRINTABLE_ASCII.sub("?", one_line)[:_LONGEST].strip()
