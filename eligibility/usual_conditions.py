"""Reads the conditions that most bindings have without the parser: a marker alone, and the time of an activation.

Loading the parser takes longer than answering a request, and reading one condition with it a millisecond.
"""

import re

from eligibility.syntax import Call, MapOf, Name, Node, Operator, Select, String

MARKERS = ("jitAccessConstraint", "multiPartyApprovalConstraint")
_INSTANT = r'"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)"'
_WINDOW = re.compile(
    rf"\(request\.time >= timestamp\({_INSTANT}\) && request\.time < timestamp\({_INSTANT}\)\)"
)
_TIME = Select(Name("request"), "time")
_ALONE: dict[str, tuple[Node, ...]] = {
    f"has({{}}.{marker})": (Call("has", (Select(MapOf(()), marker),)),) for marker in MARKERS
}


def read(text: str) -> tuple[Node, ...] | None:
    """Return what the parser would return for such a condition, and None for every other."""
    if found := _ALONE.get(text):
        return found
    if window := _WINDOW.fullmatch(text):
        return (Operator("&&", (_compared(">=", window[1]), _compared("<", window[2]))),)
    return None


def _compared(symbol: str, instant: str) -> Node:
    return Operator(symbol, (_TIME, Call("timestamp", (String(instant),))))
