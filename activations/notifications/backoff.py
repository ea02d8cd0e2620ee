"""Pauses between attempts: exponential with jitter, at most an hour."""

from __future__ import annotations

import random
from datetime import timedelta

FIRST_SECONDS = 15.0
LONGEST_SECONDS = 3600.0
_random = random.SystemRandom()


def pause(attempts: int, *, at_least: float = 0) -> timedelta:
    """Return the pause after so many failed attempts. `at_least` is the server's Retry-After, in seconds."""
    full = min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** min(attempts - 1, 20))
    return timedelta(seconds=max(full * _random.uniform(0.5, 1), min(at_least, LONGEST_SECONDS)))
