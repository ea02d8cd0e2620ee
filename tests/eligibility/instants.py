"""Random conditions about time, and an evaluation of them by cel-python that tries everything."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from random import Random

import celpy
from celpy.celtypes import BoolType, MapType, StringType, TimestampType
from celpy.evaluation import CELEvalError

from eligibility.conditions import Eligibility, read_eligibility
from eligibility.validity import Period, usable

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
UNKNOWN = ("a", "b")
MARKER = "has({}.jitAccessConstraint)"
ENVIRONMENT = celpy.Environment()


def random_condition(random: Random, depth: int = 3) -> str:
    if depth == 0 or random.random() < 0.25:
        return _atom(random)
    first, second = (random_condition(random, depth - 1) for _ in range(2))
    match random.randrange(4):
        case 0:
            return f"({first} && {second})"
        case 1:
            return f"({first} || {second})"
        case 2:
            return f"!({first})"
        case _:
            return f"({random.choice(UNKNOWN)} ? {first} : {second})"


def _atom(random: Random) -> str:
    if random.random() < 0.3:
        return random.choice(UNKNOWN)
    time = f'timestamp("{NOON + timedelta(minutes=random.randrange(-2, 9)):%Y-%m-%dT%H:%M:%SZ}")'
    symbol = random.choice(["<", "<=", ">", ">=", "==", "!="])
    return random.choice([f"request.time {symbol} {time}", f"{time} {symbol} request.time"])


def disagreement(random: Random) -> str:
    """Try one random tree; return what differs between ours and the independent evaluation, or ''."""
    condition = random_condition(random)
    marked = random.choice(
        [f"{MARKER} && {condition}", f"{condition} && {MARKER}", f"{condition} || {MARKER}"]
    )
    reading = read_eligibility(marked)
    is_conjunct = "|| has" not in marked
    if isinstance(reading, Eligibility) != is_conjunct:
        return f"classified wrongly: {marked}"
    wanted = Period.of(NOON, timedelta(minutes=random.randrange(1, 8)))
    left = usable(condition, wanted)
    program = ENVIRONMENT.program(ENVIRONMENT.compile(condition))
    end = left.end if left else wanted.start
    moment = wanted.start
    while moment < wanted.end:
        if moment >= end and _can_hold(program, moment):
            return f"refused at {moment}: {condition}"
        moment += timedelta(seconds=30)
    return ""


def _can_hold(program: celpy.Runner, moment: datetime) -> bool:
    """Whether any values of the unknown parts make it true then."""
    for values in product([False, True], repeat=len(UNKNOWN)):
        known = dict(zip(UNKNOWN, map(BoolType, values), strict=True))
        time = MapType({StringType("time"): TimestampType(moment)})
        try:
            if program.evaluate({**known, "request": time}):
                return True
        except CELEvalError:
            continue
    return False
