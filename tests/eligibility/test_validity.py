"""When a condition can be true, as far as comparisons of the request's time decide it."""

from datetime import UTC, datetime, timedelta

import pytest

from eligibility.validity import Period, usable, why_not

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
HOUR = Period.of(NOON, timedelta(hours=1))


def at(time: str) -> str:
    return f'timestamp("2030-01-01T{time}Z")'


@pytest.mark.parametrize(
    ("condition", "seconds"),
    [
        ("", 3600),
        ("true", 3600),
        ("resource.type == 'x'", 3600),
        (f"request.time < {at('12:30:00')}", 1800),
        (f"{at('12:30:00')} > request.time", 1800),
        (f"request.time < {at('12:30:00.5')}", 1801),
        (f"request.time <= {at('12:30:00')}", 1801),
        (f"!(request.time >= {at('12:30:00')})", 1800),
        (f"request.time < {at('12:30:00')} || a", 3600),
        (f"a ? request.time < {at('12:10:00')} : request.time < {at('12:20:00')}", 1200),
        (f"request.time < {at('13:00:00')} - duration('30m')", 1800),
        (f"request.time < {at('11:30:00')} + duration('3600s')", 1800),
        (f"request.time < {at('11:00:00')} + duration(x)", 3600),
        ('request.time < timestamp("yesterday")', 3600),
        (f"request.time.getHours() < 3 && other.time < {at('11:00:00')}", 3600),
        (f"request.time >= {at('12:30:00')}", 3600),
        (f"request.time < {at('12:10:00')} || request.time >= {at('12:50:00')}", 3600),
    ],
)
def test_the_period_ends_when_the_condition_becomes_false(condition: str, seconds: int) -> None:
    left = usable(condition, HOUR)
    assert left is not None
    assert left.end == NOON + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("false", "its condition is never true"),
        (f"request.time < {at('12:00:00')}", "its eligibility ended at 2030-01-01 12:00:00 UTC"),
        (
            f"request.time < {at('09:00:00')} && a",
            "its eligibility ended at 2030-01-01 09:00:00 UTC",
        ),
        (f"request.time >= {at('13:00:00')}", "its eligibility begins at 2030-01-01 13:00:00 UTC"),
        (
            f"request.time < {at('11:00:00')} || request.time > {at('14:00:00')}",
            "its eligibility begins at 2030-01-01 14:00:00 UTC",
        ),
    ],
)
def test_a_condition_that_is_always_false_is_not_usable_and_says_why(
    condition: str, said: str
) -> None:
    assert usable(condition, HOUR) is None
    assert why_not(condition, HOUR) == said
