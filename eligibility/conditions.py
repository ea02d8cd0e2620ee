"""Determines from a binding's condition whether it makes a role eligible, is an activation, or neither.

Writes and reads the clause that limits an activation to a time window.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from eligibility.cel import Unparseable, canonical, parse
from eligibility.entitlements import ActivationType
from eligibility.marker_words import (
    closest,
    disguised_marker,
    is_of_jit_groups,
    latin,
    marker_like_words,
    marker_type,
    may_hold_marker,
    suffixed_marker,
)
from eligibility.syntax import Call, Name, Node, Operator, Select, String, conjuncts

ACTIVATION_TITLE = "JIT access activation"
_REMEMBERED = 4096  # distinct conditions

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


@dataclass(frozen=True, slots=True)
class Eligibility:
    """The binding makes its role eligible, on the resources that `resource_condition` allows."""

    activation_type: ActivationType
    resource_condition: str = ""
    has_both_markers: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class NearMiss:
    """The condition looks like an eligibility or activation but is invalid; `reason` is shown to people."""

    reason: str


@lru_cache(maxsize=_REMEMBERED)
def read_eligibility(expression: str | None) -> Eligibility | NearMiss | None:
    """Return what a condition makes eligible, why it is invalid, or None when it contains no marker."""
    if not expression or not may_hold_marker(expression):
        return None
    try:
        clauses = conjuncts(parse(expression))
    except Unparseable as error:
        return NearMiss(_unreadable(expression, error))
    types = {marker_type(clause) for clause in clauses} - {None}
    rest = [clause for clause in clauses if marker_type(clause) is None]
    for clause in rest:
        if found := suffixed_marker(clause):
            marker, suffix = found
            return NearMiss(
                f'has({{}}.{marker}) takes no suffix such as ".{suffix}";'
                f" use has({{}}.{marker}) instead"
            )
    if suspects := marker_like_words(rest):
        return NearMiss(_misplaced(suspects[0]))
    if not types:
        return None
    jit_wins = ActivationType.JIT if ActivationType.JIT in types else ActivationType.MPA
    return Eligibility(jit_wins, canonical(rest), has_both_markers=len(types) > 1)


@lru_cache(maxsize=_REMEMBERED)
def read_activation(
    title: str | None, expression: str | None
) -> ActivationWindow | NearMiss | None:
    """Return an activation's period and resources, why they cannot be read, or None for other bindings."""
    if title != ACTIVATION_TITLE or not expression:
        return None
    try:
        clauses = _clauses_around_windows(parse(expression))
        return _window(clauses)
    except Unparseable as error:
        return NearMiss(f"its condition cannot be read: {error}")
    except UnreadableTime as error:
        return NearMiss(f'its condition contains an invalid timestamp ("{error}")')


def _clauses_around_windows(clauses: Sequence[Node]) -> list[Node]:
    """Flatten nested `&&` operators, except those of temporary clauses."""
    flat: list[Node] = []
    waiting = list(reversed(clauses))
    while waiting:
        node = waiting.pop()
        if isinstance(node, Operator) and node.symbol == "&&" and bounds(node) is None:
            waiting.extend(reversed(node.operands))
        else:
            flat.append(node)
    return flat


def _window(clauses: list[Node]) -> ActivationWindow | None:
    """Read the period from the first temporary clause; further ones belong to the resource condition."""
    for position, clause in enumerate(clauses):
        if times := bounds(clause):
            rest = conjuncts(clauses[:position] + clauses[position + 1 :])
            return ActivationWindow(instant(times[0]), instant(times[1]), canonical(rest))
    return None


def _unreadable(expression: str, error: Unparseable) -> str:
    if word := disguised_marker(expression):
        shown = word.encode("ascii", "backslashreplace").decode()
        marker = closest(latin(word))
        return (
            f'"{shown}" contains letters that only look like Latin letters;'
            f" use has({{}}.{marker}) instead"
        )
    return f"its condition cannot be read: {error}"


def _misplaced(word: str) -> str:
    marker = closest(word)
    if word.lower() == marker.lower():
        return f"has({{}}.{marker}) must be joined to the rest of the condition with &&"
    if is_of_jit_groups(word):
        return f'"{word}" is a marker of JIT Groups; use has({{}}.{marker}) instead'
    return f'"{word}" is not a marker; use has({{}}.{marker}) instead'
