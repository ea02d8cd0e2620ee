"""A clock that advances only when somebody sleeps."""


class Clock:
    """Stands in for `time.monotonic` and `time.sleep`."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.naps: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += seconds
