"""Writes and reads the clause that limits an activation to a time window."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from eligibility.syntax import Call, Name, Node, Operator, Select, String

REQUEST_TIME = Select(Name("request"), "time")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}:[0-9]{2})"
    r"(?:\.([0-9]{1,9}))?(?:[Zz]|([+-][0-9]{2}:[0-9]{2}))"
)


class UnreadableTime(Exception):
    """The text is not a valid timestamp."""


@dataclass(frozen=True, slots=True)
class ActivationWindow:
    """The period of an activation, whose end is exclusive, and its resource condition."""

    start: datetime
    end: datetime
    resource_condition: str = ""


def temporary_clause(start: datetime, end: datetime) -> str:
    """Return the clause that limits an activation to a period, in whole seconds UTC."""
    return (
        f'(request.time >= timestamp("{_seconds(start)}")'
        f' && request.time < timestamp("{_seconds(end)}"))'
    )


def activation_expression(start: datetime, end: datetime, resource_condition: str = "") -> str:
    """Return the whole condition of an activation's binding."""
    clause = temporary_clause(start, end)
    return f"({clause}) && ({resource_condition})" if resource_condition else clause


def bounds(node: Node) -> tuple[str, str] | None:
    """Return start and end of a temporary clause, as texts; None when the node is not one."""
    if not isinstance(node, Operator) or node.symbol != "&&" or len(node.operands) != 2:
        return None
    first, second = node.operands
    start, end = _compared(first, ">="), _compared(second, "<")
    return None if start is None or end is None else (start, end)


def instant(text: str) -> datetime:
    """Parse a timestamp as Java's Instant.parse does, truncated to microseconds.

    :raises UnreadableTime: when it is not a timestamp between the years 1 and 9999.
    """
    whole, nanos = _read(text)
    return whole + timedelta(microseconds=nanos // 1000)


def nanoseconds(text: str) -> int:
    """Parse a timestamp and return the nanoseconds since 1970.

    :raises UnreadableTime: when it is not a timestamp between the years 1 and 9999.
    """
    whole, nanos = _read(text)
    return (whole - _EPOCH) // timedelta(seconds=1) * 10**9 + nanos


def _read(text: str) -> tuple[datetime, int]:
    match = _INSTANT.fullmatch(text)
    if not match:
        raise UnreadableTime(text)
    day, time, fraction, offset = match.groups()
    try:
        local = datetime.fromisoformat(f"{day}T{time}{offset or '+00:00'}")
        return local.astimezone(UTC), int((fraction or "").ljust(9, "0"))
    except (ValueError, OverflowError) as error:
        raise UnreadableTime(text) from error


def _compared(node: Node, symbol: str) -> str | None:
    match node:
        case Operator(
            symbol=found,
            operands=(
                left,
                Call(function="timestamp", target=None, arguments=(String(value=text),)),
            ),
        ) if found == symbol and left == REQUEST_TIME:
            return text
        case _:
            return None


def _seconds(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
