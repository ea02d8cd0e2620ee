"""Reads the start that somebody asks for, from seconds and from the text of a form."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

from activations.domain.rules import Refusal

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Any later instant is refused as too late, and could exceed the calendar when a duration is added.
LATEST = datetime(9000, 1, 1, tzinfo=UTC)


def from_seconds(seconds: int) -> datetime:
    """Return the instant so many seconds after 1970; at least then, and at most in the year 9000."""
    most = int((LATEST - EPOCH).total_seconds())
    return EPOCH + timedelta(seconds=min(max(seconds, 0), most))


def from_text(text: str, zone: tzinfo) -> datetime:
    """Return the instant of an ISO 8601 date and time, in this zone if it names none.

    :raises Refusal: when it is something else.
    """
    try:
        found = datetime.fromisoformat(text.strip())
        moment = found if found.tzinfo else found.replace(tzinfo=zone)
        return from_seconds(int(moment.timestamp()))
    except (ValueError, OverflowError):
        raise Refusal("Enter the start as a date and a time, or leave it empty") from None
