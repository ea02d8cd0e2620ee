"""Time zones in the spelling of Java's ZoneId: regions, and fixed offsets with or without a name."""

from __future__ import annotations

import re
from datetime import UTC, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ImproperlyConfigured

OFFSET = re.compile(
    r"(?:UTC|GMT|UT)?(?P<sign>[+-])(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?(?::?(?P<seconds>\d{2}))?"
)
FARTHEST = timedelta(hours=18)


def time_zone(name: str, text: str) -> tzinfo:
    """Return the zone that a variable names.

    :raises ImproperlyConfigured: naming the variable.
    """
    if text in {"Z", "UTC", "GMT", "UT"}:
        return UTC
    found = _fixed(text) or _region(text)
    if found is None:
        raise ImproperlyConfigured(
            f"{name} must be a time zone like Europe/Berlin, UTC or +02:00, not {text!r}."
        )
    return found


def _fixed(text: str) -> tzinfo | None:
    match = OFFSET.fullmatch(text)
    if match is None:
        return None
    offset = timedelta(**{unit: int(match[unit] or 0) for unit in ("hours", "minutes", "seconds")})
    if offset > FARTHEST or int(match["minutes"] or 0) > 59 or int(match["seconds"] or 0) > 59:
        return None
    return timezone(-offset if match["sign"] == "-" else offset)


def _region(text: str) -> tzinfo | None:
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a folder of zones is an OSError
        return None
