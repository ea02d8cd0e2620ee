"""Regular expressions from configuration: RE2, whose run time is linear in the text."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import re2  # type: ignore[import-untyped]

# What Java's and Python's engines support and RE2 does not, by how it starts in the pattern.
_CONSTRUCTS = (
    (r"\(\?<?[=!]", "look-around"),
    (r"\\[1-9]", "a back reference"),
    (r"\\k<", "a back reference"),
    (r"\(\?P=", "a back reference"),
    (r"\(\?>", "an atomic group"),
    (r"\(\?\(", "a conditional group"),
    (r"(?:[*+?]|\{[0-9,]+\})\+", "a possessive quantifier"),
    (r"\(\?#", "a comment"),
    (r"\(\?[a-zA-Z]*x", "the flag x"),
    (r"\\[ZGRXKN]", "an escape that RE2 does not have"),
    (r"\\u[0-9a-fA-F]{4}", r"\uHHHH (write \x{HHHH})"),
)
_INTERSECTION = re.compile(r"\[(?:\\.|[^\]\\])*?&&")
_ESCAPED_OR_CONSTRUCT = re.compile(
    "|".join(f"(?P<c{number}>{begins})" for number, (begins, _) in enumerate(_CONSTRUCTS)) + r"|\\."
)


class UnusablePattern(ValueError):
    """RE2 cannot use the pattern; the message names the construct."""


def check_pattern(pattern: str) -> None:
    """:raises UnusablePattern: when the pattern needs something that RE2 does not support."""
    if _INTERSECTION.search(pattern):
        raise UnusablePattern(
            "it contains an intersection of classes (&&), which RE2 does not support"
        )
    try:
        _compiled(pattern)
    except re2.error as error:
        construct = _construct(pattern)
        said = str(error.args[0], "utf-8", "replace") if error.args else ""
        raise UnusablePattern(
            f"it contains {construct}, which RE2 does not support" if construct else said
        ) from None


def matches(pattern: str, text: str) -> bool:
    """Return whether the pattern matches the whole text."""
    return _compiled(pattern).fullmatch(text) is not None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    return re2.compile(pattern, options=options)


def _construct(pattern: str) -> str:
    """Return the first construct that RE2 lacks, with its text in the pattern."""
    for found in _ESCAPED_OR_CONSTRUCT.finditer(pattern):
        if found.lastgroup:
            return f"{_CONSTRUCTS[int(found.lastgroup[1:])][1]} ({found[0]})"
    return ""
