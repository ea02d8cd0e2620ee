"""Presets are complete calendar months, quarters and years in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from activations.domain.periods import Days, preset


@pytest.mark.parametrize(
    ("name", "today", "first", "last"),
    [
        ("last-month", date(2026, 3, 31), date(2026, 2, 1), date(2026, 2, 28)),
        ("last-month", date(2026, 1, 1), date(2025, 12, 1), date(2025, 12, 31)),
        ("last-quarter", date(2026, 3, 31), date(2025, 10, 1), date(2025, 12, 31)),
        ("last-quarter", date(2026, 4, 1), date(2026, 1, 1), date(2026, 3, 31)),
        ("last-year", date(2026, 12, 31), date(2025, 1, 1), date(2025, 12, 31)),
    ],
)
def test_presets(name: str, today: date, first: date, last: date) -> None:
    assert preset(name, today=today) == Days(first, last)


def test_other_names_are_no_preset() -> None:
    assert preset("next-year", today=date(2026, 1, 1)) is None


def test_the_last_day_belongs_to_the_period() -> None:
    days = Days(date(2026, 2, 1), date(2026, 2, 28))
    assert days.start == datetime(2026, 2, 1, tzinfo=UTC)
    assert days.end == datetime(2026, 3, 1, tzinfo=UTC)
    assert str(days) == "2026-02-01 to 2026-02-28"
