"""Whether access counts as ending soon: the same answer for pages and messages."""

from __future__ import annotations

from datetime import datetime, timedelta


def ends_soon(start: datetime, end: datetime, *, now: datetime, within: timedelta) -> bool:
    """Return whether access ends within this time, and was granted for longer than it.

    Shorter access would end soon from its first moment, and a warning would tell nothing.
    """
    return now < end <= now + within and end - start > within
