"""How much time is left."""

import time
from collections.abc import Callable


class Deadline:
    """A time budget that starts to run when it is made."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._ends = clock() + seconds

    def remaining(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self._ends - self._clock())

    @property
    def expired(self) -> bool:
        return self.remaining() <= 0

    def allows(self, pause: float) -> bool:
        """Whether time is left after sleeping for `pause` seconds."""
        return pause < self.remaining()

    def at_least(self, seconds: float) -> "Deadline":
        """This deadline, or a fresh one when less than `seconds` are left."""
        if self.remaining() >= seconds:
            return self
        return Deadline(seconds, self._clock)
