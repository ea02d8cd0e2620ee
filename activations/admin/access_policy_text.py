"""How pages show the text of an access policy: errors at their lines, and differences line by line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from policies.document.problems import Problem
from policies.services.difference import difference

SHOWN_COLUMNS = 120
# The two lines that name the files; headings of the page say it.
HEADER_LINES = 2
KINDS = {"+": "added", "-": "removed", "@": "place"}


@dataclass(frozen=True, slots=True)
class ShownProblem:
    """An error or a warning with its line of the text, and a caret below the column."""

    line: int
    column: int
    text: str
    source: str
    pointer: str


@dataclass(frozen=True, slots=True)
class DifferenceLine:
    """One line of a unified difference; `kind` is added, removed, place or same."""

    kind: str
    text: str


def shown_problems(text: str, problems: Iterable[Problem]) -> list[ShownProblem]:
    """Return the problems in the order of the text."""
    lines = text_lines(text)
    return [_shown(problem, lines) for problem in problems]


def _shown(problem: Problem, lines: list[str]) -> ShownProblem:
    line, column = problem.place.line, problem.place.column
    source = lines[line - 1] if line <= len(lines) else ""
    first = max(0, column - SHOWN_COLUMNS // 2)
    before = source[first : column - 1]
    return ShownProblem(
        line=line,
        column=column,
        text=problem.text,
        source=source[first : first + SHOWN_COLUMNS],
        # Tabs are kept, so that the caret is below its column.
        pointer="".join(letter if letter == "\t" else " " for letter in before) + "^",
    )


def text_lines(text: str) -> list[str]:
    """Return the lines, as positions of problems count them."""
    readable = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return readable.removesuffix("\n").split("\n")


def difference_lines(before: str, after: str) -> list[DifferenceLine]:
    """Return what differs, with some lines around it; empty when the texts are the same."""
    lines = difference(before, after).splitlines()[HEADER_LINES:]
    return [DifferenceLine(KINDS.get(line[:1], "same"), line) for line in lines]
