"""Evaluates conditions with three values: certainly true, certainly false, or unknown.

Everything is decided at several steps at once, such as steps of time. Only truth values and the logical
operators are known here; what else is known is up to the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TypeAlias

from eligibility.syntax import Literal, Node, Operator, levels


@dataclass(frozen=True, slots=True)
class Truth:
    """The steps at which an expression is certainly true or certainly false, one bit per step."""

    true: int
    false: int

    def negated(self) -> Truth:
        return Truth(self.false, self.true)

    def and_(self, other: Truth) -> Truth:
        return Truth(self.true & other.true, self.false | other.false)

    def or_(self, other: Truth) -> Truth:
        return Truth(self.true | other.true, self.false & other.false)


UNKNOWN = Truth(0, 0)
Atom: TypeAlias = Callable[[Node], Truth | None]
"""Decides a node that is no logical operator; None when it is unknown."""


def always(steps: int) -> Truth:
    """Return what is certainly true at all of so many steps."""
    return Truth((1 << steps) - 1, 0)


def evaluate(clauses: Sequence[Node], *, steps: int, atom: Atom) -> Truth:
    """Return the truth of the conjunction of the clauses, without recursion."""
    known: dict[int, Truth] = {}
    for level in reversed(list(levels(clauses))):
        known.update((id(node), _truth(node, known, steps, atom)) for node in level)
    return reduce(Truth.and_, (known[id(clause)] for clause in clauses), always(steps))


def _truth(node: Node, known: Mapping[int, Truth], steps: int, atom: Atom) -> Truth:
    match node:
        case Literal(text="true"):
            return always(steps)
        case Literal(text="false"):
            return always(steps).negated()
        case Operator(symbol="!", operands=(operand,)):
            return known[id(operand)].negated()
        case Operator(symbol="&&", operands=operands):
            return reduce(Truth.and_, (known[id(operand)] for operand in operands))
        case Operator(symbol="||", operands=operands):
            return reduce(Truth.or_, (known[id(operand)] for operand in operands))
        case Operator(symbol="?:", operands=(condition, then, otherwise)):
            return _chosen(*(known[id(part)] for part in (condition, then, otherwise)))
        case _:
            return atom(node) or UNKNOWN


def _chosen(condition: Truth, then: Truth, otherwise: Truth) -> Truth:
    """Evaluate `?:`. Where the condition is unknown, the result is known if both branches agree."""
    return Truth(
        condition.true & then.true | condition.false & otherwise.true | then.true & otherwise.true,
        condition.true & then.false
        | condition.false & otherwise.false
        | then.false & otherwise.false,
    )
