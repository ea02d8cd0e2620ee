"""Random conditions about time, and their exhaustive evaluation by cel-python."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import product
from random import Random

import celpy
from celpy.celtypes import BoolType, MapType, StringType, TimestampType
from celpy.evaluation import CELEvalError

from eligibility.conditions import Eligibility, read_eligibility
from eligibility.validity import Period, usable

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HALF = timedelta(seconds=30)  # times in conditions are whole minutes, so nothing changes in between
UNKNOWN = ("a", "b")
MARKER = "has({}.jitAccessConstraint)"
ENVIRONMENT = celpy.Environment()


@dataclass
class Trees:
    """Generates random conditions; with `repeating` an unknown part may occur more than once."""

    random: Random
    repeating: bool
    fresh: list[str] = field(default_factory=lambda: list(UNKNOWN))

    def condition(self, depth: int = 3) -> str:
        if depth == 0 or self.random.random() < 0.25:
            return self._atom()
        first, second = self.condition(depth - 1), self.condition(depth - 1)
        match self.random.randrange(4):
            case 0:
                return f"({first} && {second})"
            case 1:
                return f"({first} || {second})"
            case 2:
                return f"!({first})"
            case _:
                return f"({self._atom()} ? {first} : {second})"

    def around(self, marker: str) -> tuple[str, bool]:
        """Return a condition that contains the marker, and whether `&&` joins the marker to the rest."""
        inner, joined = marker, True
        for _ in range(self.random.randrange(4)):
            joins = self.random.random() < 0.7
            inner = self._joining(inner) if joins else self._misplacing(inner)
            joined = joined and joins
        return inner, joined

    def _joining(self, inner: str) -> str:
        other = self.condition(2)
        return self.random.choice(
            [f"({inner} && {other})", f"{other} && ({inner})", f"!(!({inner}))"]
        )

    def _misplacing(self, inner: str) -> str:
        other = self.condition(2)
        return self.random.choice(
            [
                f"({inner} || {other})",
                f"({other} || {inner})",
                f"!({inner} && {other})",
                f"({self._atom()} ? {inner} : {other})",
                f"({self._atom()} ? {other} : {inner})",
                f"({inner} ? {other} : {self._atom()})",
            ]
        )

    def _atom(self) -> str:
        if self.random.random() < 0.3 and (name := self._unknown()):
            return name
        minutes = timedelta(minutes=self.random.randrange(-2, 7))
        time = f'timestamp("{NOON + minutes:%Y-%m-%dT%H:%M:%SZ}")'
        symbol = self.random.choice(["<", "<=", ">", ">=", "==", "!="])
        return self.random.choice(
            [f"request.time {symbol} {time}", f"{time} {symbol} request.time"]
        )

    def _unknown(self) -> str:
        if self.repeating:
            return self.random.choice(UNKNOWN)
        return self.fresh.pop() if self.fresh else ""


def disagreement(random: Random) -> str:
    """Return the difference between our result and cel-python's for one random tree, or ''."""
    repeating = random.random() < 0.5
    marked, joined = Trees(random, repeating).around(MARKER)
    reading = read_eligibility(marked)
    if isinstance(reading, Eligibility) != joined:
        return f"classified wrongly: {marked}"
    if isinstance(reading, Eligibility):
        condition, meant = reading.resource_condition, _program(marked.replace(MARKER, "true"))
        if wrong := _meaning_disagreement(random, marked, condition, meant):
            return wrong
    else:
        condition = Trees(random, repeating).condition()
        meant = _program(condition)
    wanted = Period.of(NOON, random.randrange(1, 5) * MINUTE)
    return _time_disagreement(condition, meant, wanted, exact=not repeating)


def _meaning_disagreement(random: Random, marked: str, condition: str, meant: celpy.Runner) -> str:
    """Check that an eligible binding grants nothing and that the copied condition equals the rest."""
    moment = NOON + random.randrange(-4, 14) * HALF
    values = [random.random() < 0.5 for _ in UNKNOWN]
    if _evaluate(_program(marked), moment, values):
        return f"grants by itself at {moment}: {marked}"
    carried = _evaluate(_program(condition), moment, values) if condition else True
    if carried != _evaluate(meant, moment, values):
        return f"carried over wrongly at {moment}: {marked}"
    return ""


def _time_disagreement(
    condition: str, program: celpy.Runner, wanted: Period, *, exact: bool
) -> str:
    """Compare the remaining time; exactly if no unknown part is used more than once."""
    left = usable(condition, wanted)
    steps = range((wanted.end - wanted.start) // HALF)
    for moment in (wanted.start + step * HALF for step in steps):
        if not (left and left.start <= moment < left.end) and _can_hold(program, moment):
            return f"refused at {moment} although it can hold: {condition}"
    if not exact or left is None:
        return ""
    # An end one second after a minute includes this minute only.
    first, last = left.start, left.end - (timedelta(seconds=1) if left.end.second else HALF)
    starts = _can_hold(program, first) or _can_hold(program, first + HALF)
    if not starts or not _can_hold(program, last):
        return f"not refused or cut within {left} although it cannot hold: {condition}"
    return ""


def _can_hold(program: celpy.Runner, moment: datetime) -> bool:
    """Return whether any values of the unknown parts make the condition true at that time."""
    every = product([False, True], repeat=len(UNKNOWN))
    return any(_evaluate(program, moment, values) for values in every)


def _evaluate(program: celpy.Runner, moment: datetime, values: Sequence[bool]) -> bool:
    known = dict(zip(UNKNOWN, map(BoolType, values), strict=True))
    time = MapType({StringType("time"): TimestampType(moment)})
    try:
        return bool(program.evaluate({**known, "request": time}))
    except CELEvalError:
        return False


def _program(condition: str) -> celpy.Runner:
    return ENVIRONMENT.program(ENVIRONMENT.compile(condition))
