"""What this version applies: everything but `break_glass`.

A document with more is valid, but cannot become active: a rule is applied as a whole or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator

from policies.document.problems import InvalidDocument, Problem
from policies.document.reading import Reading, read
from policies.document.shape import Rule

NOT_APPLIED = "This version does not apply break glass yet."


def read_supported(text: str) -> Reading:
    """Read a document that is to become active.

    :raises InvalidDocument: when it is not valid, or this version does not apply all of it; with line
        and name of each such rule.
    """
    reading = read(text)
    if found := unsupported(reading):
        raise InvalidDocument(found)
    return reading


def unsupported(reading: Reading) -> tuple[Problem, ...]:
    """Return one problem for each rule that this version does not apply as a whole."""
    return tuple(
        Problem(place, f"The rule {rule.name!r} has {' and '.join(keys)}. {NOT_APPLIED}")
        for place, rule in zip(reading.places, reading.document.rules, strict=True)
        if (keys := tuple(_keys(rule)))
    )


def _keys(rule: Rule) -> Iterator[str]:
    if rule.break_glass:
        yield "break_glass"
