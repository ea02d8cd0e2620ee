"""What is wrong with a document, and where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

LONGEST_SHOWN = 60


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A position in the text; lines and columns count from 1, columns in characters."""

    line: int
    column: int


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One error or warning: where, what was found and what is allowed."""

    place: Place
    text: str

    def __str__(self) -> str:
        return f"{self.place.line}:{self.place.column}: {self.text}"


class InvalidDocument(ValueError):
    """The text is not an access policy; `problems` has all that is wrong, in the order of the text."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))


def shown(text: str) -> str:
    """Return text in quotes for a message, cut where it is long; characters that hide are escaped."""
    return ascii_controls(text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…")


def ascii_controls(text: str) -> str:
    letters = (letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in text)
    return f"'{''.join(letters)}'"
