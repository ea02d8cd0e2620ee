"""Activation windows are written in one form and read in all equivalent forms."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.conditions import (
    ACTIVATION_TITLE,
    ActivationWindow,
    NearMiss,
    UnreadableTime,
    activation_expression,
    instant,
    read_activation,
)
from tests.eligibility.cases import NOON

END = NOON + timedelta(minutes=5)
START_TEXT, END_TEXT = "2030-01-01T12:00:00Z", "2030-01-01T12:05:00Z"
CLAUSE = f'(request.time >= timestamp("{START_TEXT}") && request.time < timestamp("{END_TEXT}"))'


def read(expression: str | None) -> ActivationWindow | NearMiss | None:
    return read_activation(ACTIVATION_TITLE, expression)


def test_the_form_is_the_one_of_the_original() -> None:
    assert activation_expression(NOON, END) == CLAUSE
    assert activation_expression(NOON, END, "a || b") == f"({CLAUSE}) && (a || b)"


def test_times_are_written_in_whole_seconds_utc() -> None:
    berlin = timezone(timedelta(hours=1))
    start = datetime(2030, 1, 1, 13, 0, 0, 999_999, tzinfo=berlin)
    assert activation_expression(start, END) == CLAUSE


@given(
    start=st.datetimes(timezones=st.just(UTC)),
    end=st.datetimes(timezones=st.just(UTC)),
    condition=st.sampled_from(["", "a > b && b < c", "a || b", 'request.time < timestamp("x")']),
)
def test_a_written_window_is_read_again(start: datetime, end: datetime, condition: str) -> None:
    assert read(activation_expression(start, end, condition)) == ActivationWindow(
        start.replace(microsecond=0), end.replace(microsecond=0), condition
    )


@pytest.mark.parametrize(
    "expression",
    [
        CLAUSE,
        f"\n(({CLAUSE}))\t",
        CLAUSE.replace(" ", "  ").replace("(r", "( r"),
        CLAUSE.replace('"', "'"),
        f"// by JIT Access\n{CLAUSE}",
    ],
)
def test_equivalent_spellings_of_the_clause_are_read(expression: str) -> None:
    assert read(expression) == ActivationWindow(NOON, END)


@pytest.mark.parametrize(
    "expression", [f"a && {CLAUSE} && b", f"({CLAUSE} && a) && b", f"{CLAUSE} && (a && b)"]
)
def test_the_clause_may_be_anywhere_in_the_conjunction(expression: str) -> None:
    assert read(expression) == ActivationWindow(NOON, END, "a && b")


@pytest.mark.parametrize(
    "expression",
    [
        None,
        "",
        "a",
        CLAUSE[1:-1],
        f"{CLAUSE} || a",
        f"!{CLAUSE}",
        CLAUSE.replace(">=", ">"),
        CLAUSE.replace("<", "<="),
        CLAUSE.replace("request.time >=", "resource.time >="),
        CLAUSE.replace("request.time <", "request.now <"),
        CLAUSE.replace("timestamp", "duration"),
        CLAUSE.replace(f'timestamp("{END_TEXT}")', "later"),
        CLAUSE.replace(f'("{END_TEXT}")', "(later)"),
        CLAUSE.replace("))", ") && a)"),
        CLAUSE.replace("timestamp", "a.timestamp"),
    ],
)
def test_other_conditions_are_not_activations(expression: str | None) -> None:
    assert read(expression) is None


@pytest.mark.parametrize(
    "title", [None, "", "jit access activation", "JIT access activation ", "Eligible"]
)
def test_the_title_must_be_exact(title: str | None) -> None:
    assert read_activation(title, CLAUSE) is None


def test_an_unreadable_time_is_reported() -> None:
    assert read(CLAUSE.replace(END_TEXT, "tomorrow")) == NearMiss(
        'its condition contains an invalid timestamp ("tomorrow")'
    )


def test_an_unreadable_condition_is_reported() -> None:
    assert read(f"{CLAUSE} && (a = b)") == NearMiss("its condition cannot be read: it is not CEL")


@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        ("2030-01-01T12:00:00Z", NOON),
        ("2030-01-01t12:00:00z", NOON),
        ("2030-01-01T12:00:00.5Z", NOON + timedelta(milliseconds=500)),
        ("2030-01-01T12:00:00.123456789Z", NOON + timedelta(microseconds=123_456)),
        ("2030-01-01T12:00:00+00:00", NOON),
        ("2030-01-01T13:30:00+01:30", NOON),
        ("2030-01-01T06:30:00-05:30", NOON),
    ],
)
def test_valid_times_are_read(text: str, read_as: datetime) -> None:
    assert instant(text) == read_as


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2030-01-01",
        "2030-01-01T12:00Z",
        "2030-01-01T12:00:00",
        "2030-01-01 12:00:00Z",
        "2030-1-1T12:00:00Z",
        "2030-02-30T12:00:00Z",
        "2030-01-01T25:00:00Z",
        "2030-01-01T12:00:00.Z",
        "2030-01-01T12:00:00.1234567890Z",
        "2030-01-01T12:00:00+0100",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "+12030-01-01T12:00:00Z",
        "２０３０-01-01T12:00:00Z",
        " 2030-01-01T12:00:00Z",
    ],
)
def test_invalid_times_are_refused(text: str) -> None:
    with pytest.raises(UnreadableTime):
        instant(text)
