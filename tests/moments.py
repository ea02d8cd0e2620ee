"""The current time, for tests that need it."""

from datetime import UTC, datetime


def now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  # the only place where tests read the clock
