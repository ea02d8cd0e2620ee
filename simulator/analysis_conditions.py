"""How Google evaluates a condition in an analysis: true or false only when nothing but time decides."""

import re
from datetime import UTC, datetime

COMPARISON = re.compile(
    r"""request\.time\s*(?P<operator><=|>=|<|>)\s*timestamp\(\s*["'](?P<time>[^"']+)["']\s*\)"""
)


def evaluation(expression: str, access_time: datetime | None) -> str:
    """Return TRUE, FALSE or CONDITIONAL."""
    parts = [part.strip("() \t\n") + ")" for part in expression.split("&&")]
    outcomes = [outcome(part, access_time) for part in parts]
    if access_time is None or "||" in expression or "?" in expression or "!" in expression:
        return "CONDITIONAL"
    if False in outcomes:
        return "FALSE"
    return "CONDITIONAL" if None in outcomes else "TRUE"


def outcome(part: str, access_time: datetime | None) -> bool | None:
    """Return the value of a comparison of the request's time; None for everything else."""
    match = COMPARISON.fullmatch(part)
    if match is None or access_time is None:
        return None
    try:
        bound = datetime.fromisoformat(match["time"]).astimezone(UTC)
    except ValueError:
        return None
    return {
        "<": access_time < bound,
        "<=": access_time <= bound,
        ">": access_time > bound,
        ">=": access_time >= bound,
    }[match["operator"]]
