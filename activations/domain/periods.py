"""Periods of whole days in UTC, and the names of those that people ask for most."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

LAST_MONTH, LAST_QUARTER, LAST_YEAR = "last-month", "last-quarter", "last-year"
PRESETS = {
    LAST_MONTH: "Last month",
    LAST_QUARTER: "Last quarter",
    LAST_YEAR: "Last year",
}
MONTHS = {LAST_MONTH: 1, LAST_QUARTER: 3, LAST_YEAR: 12}


def first_moment(day: date) -> datetime:
    """Return the beginning of the day in UTC."""
    return datetime.combine(day, time(), tzinfo=UTC)


def moment_after(day: date) -> datetime | None:
    """Return the end of the day in UTC, exclusive; None for the last day of the calendar."""
    return first_moment(day + timedelta(days=1)) if day < date.max else None


@dataclass(frozen=True, slots=True)
class Days:
    """A period of whole days, the first and the last included."""

    first: date
    last: date

    @property
    def start(self) -> datetime:
        """The first moment of it."""
        return first_moment(self.first)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return moment_after(self.last) or datetime.max.replace(tzinfo=UTC)

    def __str__(self) -> str:
        return f"{self.first} to {self.last}"


def preset(name: str, *, today: date) -> Days | None:
    """Return the last complete calendar month, quarter or year before this day; None for another name."""
    months = MONTHS.get(name)
    if months is None:
        return None
    past = (today.year * 12 + today.month - 1) // months * months
    first = past - months
    return Days(_first_of(first), _first_of(past) - timedelta(days=1))


def _first_of(month: int) -> date:
    """Return the first day of a month, counted from the year 0."""
    return date(month // 12, month % 12 + 1, 1)
