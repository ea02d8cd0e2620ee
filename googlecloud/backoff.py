"""Pauses between retries: each longer than the last, with jitter."""

import random
from collections.abc import Iterator

_FIRST = 0.25
_LONGEST = 4.0
_random = random.SystemRandom()


def pauses(tries: int) -> Iterator[float]:
    """Yield at most `tries` pauses, doubling up to four seconds, each shortened by up to a half."""
    for number in range(tries):
        yield min(_LONGEST, _FIRST * 2**number) * _random.uniform(0.5, 1)
