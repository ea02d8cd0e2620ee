"""The application with a clock that a test shifts: each process takes its shift from the file `CLOCK_SHIFTS`."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

from django.utils import timezone

SHIFTS = Path(os.environ["CLOCK_SHIFTS"])
_right = timezone.now  # noqa: TID251  # the clock itself


def shifted() -> datetime:
    """Return the time of this process: the shifts are seconds, and the process id chooses one."""
    shifts = SHIFTS.read_text().split()
    return _right() + timedelta(seconds=float(shifts[os.getpid() % len(shifts)]))


# Before anything of the application takes the function itself.
timezone.now = shifted  # noqa: TID251  # replaces the clock

from jitaccess.wsgi import application  # noqa: E402

__all__ = ["application"]
