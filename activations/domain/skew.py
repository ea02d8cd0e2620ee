"""How far apart the clocks of our own processes may be without anybody taking notice."""

from __future__ import annotations

from datetime import timedelta

CLOCK_SKEW = timedelta(seconds=30)
