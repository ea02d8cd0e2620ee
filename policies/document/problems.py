"""What is wrong with a document, and where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

LONGEST_SHOWN = 60
MOST_SHOWN = 200


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
    """The text is not an access policy; `problems` has what is wrong, in the order of the text.

    Of more than MOST_SHOWN problems only the first are told, and how many follow.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        found = sorted(set(problems))
        shown, more = found[:MOST_SHOWN], found[MOST_SHOWN:]
        if more:
            shown.append(Problem(more[0].place, f"{len(more)} more errors follow from here."))
        self.problems = tuple(shown)
        super().__init__("\n".join(map(str, self.problems)))


def shown(text: str) -> str:
    """Return text in quotes for a message, cut where it is long; characters that hide are escaped."""
    short = text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"
    return f"'{''.join(map(_printable, short))}'"


def _printable(letter: str) -> str:
    if letter.isprintable():
        return letter
    return "\\n" if letter == "\n" else f"\\u{ord(letter):04x}"
