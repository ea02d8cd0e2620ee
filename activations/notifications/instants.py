"""Formats points in time: ISO 8601 for programs, RFC 1123 for people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def iso(moment: datetime) -> str:
    """Format in UTC with `Z` and 0, 3 or 6 fractional digits, as Java's Instant does."""
    text = moment.astimezone(UTC).replace(tzinfo=None).isoformat()
    whole, point, fraction = text.partition(".")
    return f"{whole}{point}{fraction.removesuffix('000')}Z"


def for_people(moment: datetime, zone: tzinfo) -> str:
    """Format like `Fri, 2 Jan 1970 10:00:00 +1000`, in English for every locale. UTC is `GMT`."""
    local = moment.astimezone(zone)
    offset = "GMT" if local.utcoffset() == timedelta() else local.strftime("%z")[:5]
    day = f"{DAYS[local.weekday()]}, {local.day} {MONTHS[local.month - 1]} {local.year:04}"
    return f"{day} {local:%H:%M:%S} {offset}"
