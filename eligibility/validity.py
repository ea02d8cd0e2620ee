"""Determines when the condition of an eligible role can be true, with three-valued logic.

Only comparisons of `request.time` with literals, and Boolean literals, are evaluated. Every other part
of a condition counts as unknown and is left to IAM.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import TypeAlias

from eligibility.cel import Unparseable, parse
from eligibility.conditions import REQUEST_TIME, UnreadableTime, nanoseconds
from eligibility.syntax import Call, Node, Operator, String, levels
from eligibility.truth import Truth, evaluate

_REMEMBERED = 4096  # distinct conditions
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = 10**9
_FIRST = 2 * nanoseconds("0001-01-01T00:00:00Z")
_LAST = 2 * nanoseconds("9999-12-31T23:59:59Z")
_DURATION = re.compile(r"(-?)(?:([0-9]{1,9})h)?(?:([0-9]{1,9})m)?(?:([0-9]{1,12})s)?")
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}

# Moments are doubled nanoseconds: 2t is the instant t itself, 2t + 1 the time after it until the
# next instant in the condition. A span includes its first moment and excludes its last.
Span: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Period:
    """A period from `start` until `end`, exclusive, in whole seconds."""

    start: datetime
    end: datetime

    @classmethod
    def of(cls, start: datetime, duration: timedelta) -> Period:
        return cls(start, start + duration)


def usable(resource_condition: str, wanted: Period) -> Period | None:
    """Return the wanted period without the time at both ends in which the condition is certainly false.

    None when it is false for the whole period. Time in which it is unknown, or false in the middle of
    the period, is not removed.
    """
    if not resource_condition:
        return wanted
    start, end = 2 * _count(wanted.start), 2 * _count(wanted.end)
    within = [
        (max(first, start), min(last, end))
        for first, last in possible_times(resource_condition)
        if first < end and last > start
    ]
    if not within:
        return None
    return Period(_second_of(within[0][0]), min(_second_after(within[-1][1]), wanted.end))


def why_not(resource_condition: str, wanted: Period) -> str:
    """Return a message saying when eligibility ended or begins, for a condition false in the period."""
    start = 2 * _count(wanted.start)
    spans = possible_times(resource_condition)
    if later := [first for first, _ in spans if first > start]:
        return f"its eligibility begins at {in_words(_second_of(later[0]))}"
    if spans:
        return f"its eligibility ended at {in_words(_second_after(spans[-1][1]))}"
    return "its condition is never true"


def eligibility_end(resource_condition: str, wanted: Period) -> datetime | None:
    """Return when eligibility ends within the wanted period; None when it ends later."""
    left = usable(resource_condition, wanted)
    return left.end if left and left.end < wanted.end else None


def eligibility_start(resource_condition: str, wanted: Period) -> datetime | None:
    """Return when eligibility begins within the wanted period; None when it began earlier."""
    left = usable(resource_condition, wanted)
    return left.start if left and left.start > wanted.start else None


def in_words(moment: datetime) -> str:
    """Format an instant for messages, in UTC."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


@lru_cache(maxsize=_REMEMBERED)
def possible_times(resource_condition: str) -> tuple[Span, ...]:
    """Return the spans in which a condition is not certainly false, in order; all time if it is empty."""
    try:
        clauses = parse(resource_condition) if resource_condition else ()
    except Unparseable:
        return ((_FIRST, _LAST),)
    nodes = [node for level in levels(clauses) for node in level]
    instants = sorted({found[1] for node in nodes if (found := _comparison(node))})
    steps = _steps(instants)
    false = evaluate(clauses, steps=len(steps), atom=_decided(steps)).false
    spans: list[Span] = []
    for number, (first, last) in enumerate(zip(steps, (*steps[1:], _LAST), strict=True)):
        if false >> number & 1:
            continue
        continues = spans and spans[-1][1] == first
        spans.append((spans.pop()[0] if continues else first, last))
    return tuple(spans)


def _steps(instants: Sequence[int]) -> list[int]:
    """Return the moments at which the result of a comparison may change, sorted."""
    return sorted({_FIRST, *(moment for t in instants for moment in (2 * t, 2 * t + 1))})


def _decided(steps: Sequence[int]) -> Callable[[Node], Truth | None]:
    """Return what decides comparisons of the request's time."""

    def truth(node: Node) -> Truth | None:
        compared = _comparison(node)
        return _compared(*compared, steps) if compared else None

    return truth


def _compared(symbol: str, instant: int, steps: Sequence[int]) -> Truth:
    everything = (1 << len(steps)) - 1
    position = bisect_left(steps, 2 * instant)
    before, at = (1 << position) - 1, 1 << position
    true = {
        "<": before,
        "<=": before | at,
        ">": everything ^ before ^ at,
        ">=": everything ^ before,
        "==": at,
        "!=": everything ^ at,
    }[symbol]
    return Truth(true, everything ^ true)


def _comparison(node: Node) -> tuple[str, int] | None:
    """Return operator and instant of `request.time < timestamp("…")` or its mirrored form."""
    if not isinstance(node, Operator) or node.symbol not in _MIRRORED:
        return None
    left, right = node.operands
    if left == REQUEST_TIME and (instant := _instant(right)) is not None:
        return node.symbol, instant
    if right == REQUEST_TIME and (instant := _instant(left)) is not None:
        return _MIRRORED[node.symbol], instant
    return None


def _instant(node: Node) -> int | None:
    """Return the nanoseconds of a literal time, plus or minus any literal durations."""
    steps: list[int] = []
    while isinstance(node, Operator) and node.symbol in ("+", "-") and len(node.operands) == 2:
        length = _duration(node.operands[1])
        if length is None:
            return None
        steps.insert(0, length if node.symbol == "+" else -length)
        node = node.operands[0]
    text = _argument(node, "timestamp")
    return None if text is None else _sum(text, steps)


def _sum(text: str, steps: Sequence[int]) -> int | None:
    """Add the steps; None when CEL cannot read or represent a sum, which makes the comparison an error."""
    with suppress(UnreadableTime):
        sums = list(accumulate(steps, initial=nanoseconds(text)))
        if all(_FIRST <= 2 * instant <= _LAST for instant in sums):
            return sums[-1]
    return None


def _duration(node: Node) -> int | None:
    text = _argument(node, "duration")
    match = _DURATION.fullmatch(text) if text else None
    if not match:
        return None
    hours, minutes, seconds = (int(part or "0") for part in match.groups()[1:])
    total = (hours * 3600 + minutes * 60 + seconds) * _SECOND
    return -total if match[1] else total


def _argument(node: Node, function: str) -> str | None:
    match node:
        case Call(function=name, target=None, arguments=(String(value=text),)) if name == function:
            return text
        case _:
            return None


def _count(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1000


def _second_of(moment: int) -> datetime:
    return _EPOCH + timedelta(seconds=moment // (2 * _SECOND))


def _second_after(moment: int) -> datetime:
    """Return the first whole second that is not within a span with this end."""
    return _EPOCH + timedelta(seconds=-(-moment // (2 * _SECOND)))
