"""Determines from a binding's condition whether it makes a role eligible, is an activation, or neither."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from eligibility.canonical import canonical
from eligibility.cel import Unparseable, parse
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
from eligibility.syntax import Node, Operator, conjuncts
from eligibility.windows import (
    ActivationWindow,
    UnreadableTime,
    activation_expression,
    bounds,
    instant,
    temporary_clause,
)

__all__ = [
    "ACTIVATION_TITLE",
    "ActivationWindow",
    "Eligibility",
    "NearMiss",
    "activation_expression",
    "read_activation",
    "read_eligibility",
    "temporary_clause",
]

ACTIVATION_TITLE = "JIT access activation"
_REMEMBERED = 4096  # distinct conditions


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
