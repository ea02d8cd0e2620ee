"""A time budget that several calls share."""

import time
from collections.abc import Callable


class Deadline:
    """A time budget that starts when it is created."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._ends = clock() + seconds

    def remaining(self) -> float:
        """Return the seconds left, never negative."""
        return max(0.0, self._ends - self._clock())

    @property
    def expired(self) -> bool:
        return self.remaining() <= 0

    def allows(self, pause: float) -> bool:
        """Return whether time remains after a pause of `pause` seconds."""
        return pause < self.remaining()

    def at_least(self, seconds: float) -> "Deadline":
        """Return this deadline, or a new one of `seconds` when less is left."""
        if self.remaining() >= seconds:
            return self
        return Deadline(seconds, self._clock)
