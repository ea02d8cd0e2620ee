"""The clock, for tests that look around the present."""

from datetime import UTC, datetime


def now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  # the tests' one reading of the clock
