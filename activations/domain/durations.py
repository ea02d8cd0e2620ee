"""Durations as text, for pages, mails and the admin; static/js/times.js formats them the same way."""

from __future__ import annotations

from datetime import timedelta

MINUTE = timedelta(minutes=1)
UNITS = ((24 * 60, "d"), (60, "h"), (1, "min"))


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
