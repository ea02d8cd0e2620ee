"""What a report found: a sentence, a chart, and the table with the same numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from activations.reports.drawing import Bars, Columns, Spans
from activations.reports.scope import Scope

# A page shows the first; its file contains all.
MOST_ROWS = 500


@dataclass(frozen=True, slots=True)
class Heading:
    """A column of a table: its name in the file, and its label on the page."""

    name: str
    label: str
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Findings:
    """The result of a report; `summary` says in a sentence what the numbers show.

    `note` says what is missing, such as rows beyond `MOST_ROWS`; `every` yields all rows in that case.
    """

    summary: str
    headings: tuple[Heading, ...]
    rows: Sequence[Sequence[Any]]
    chart: Columns | Bars | Spans | None = None
    note: str = ""
    every: Callable[[], Iterable[Sequence[Any]]] | None = None

    def all_rows(self) -> Iterable[Sequence[Any]]:
        """Return all rows, also those that the page does not show; reads them again if there are such."""
        return self.every() if self.every else self.rows


@dataclass(frozen=True, slots=True)
class Report:
    """One report: its name in the address, what it is called, and what it shows.

    `needs` is what it is about: a "period", a "moment", or '' for neither.
    """

    name: str
    title: str
    meaning: str
    find: Callable[[Scope], Findings]
    needs: str = "period"


def minutes(span: timedelta | None) -> float | None:
    """Return a duration in minutes, to a tenth."""
    return None if span is None else round(span.total_seconds() / 60, 1)


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"
