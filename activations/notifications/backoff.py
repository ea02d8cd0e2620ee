"""Pauses between attempts: longer each time, at most an hour, never in step with others."""

from __future__ import annotations

import random
from datetime import timedelta

FIRST_SECONDS = 15.0
LONGEST_SECONDS = 3600.0
_random = random.SystemRandom()


def pause(attempts: int, *, at_least: float = 0) -> timedelta:
    """How long to wait after that many attempts have failed; at_least is what the server asks for."""
    full = min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** min(attempts - 1, 20))
    return timedelta(seconds=max(full * _random.uniform(0.5, 1), min(at_least, LONGEST_SECONDS)))
