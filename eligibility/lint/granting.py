"""Whether IAM may grant the role of a binding without any activation."""

from __future__ import annotations

from functools import lru_cache

from eligibility.cel import Unparseable, parse
from eligibility.marker_words import marker_type, suffixed_marker
from eligibility.syntax import Call, Literal, MapOf, Node, Operator, Select
from eligibility.truth import Truth, always, evaluate

_REMEMBERED = 4096  # distinct conditions
_TRUE = always(1)
_FALSE = _TRUE.negated()


@lru_cache(maxsize=_REMEMBERED)
def really_grants(expression: str) -> bool:
    """Return whether a condition is not certainly false, with markers false and everything else unknown.

    Every `has({}.<name>)` is false, misspelled markers too: an empty map has no fields. A condition that
    cannot be parsed grants nothing, because IAM does not store it.
    """
    try:
        clauses = parse(expression)
    except Unparseable:
        return False
    return not evaluate(clauses, steps=1, atom=_marker).false


def _marker(node: Node) -> Truth | None:
    """Decide `has({}.<name>)`, also where it is compared with `true` or `false`."""
    match node:
        case Call(function="has", target=None, arguments=(Select(operand=MapOf(entries=())),)):
            return _FALSE
        case Operator(symbol="==" | "!=" as symbol, operands=(one, other)):
            left, right = _value(one), _value(other)
            if left is None or right is None:
                return None
            return _TRUE if (left == right) == (symbol == "==") else _FALSE
        case _ if marker_type(node) or suffixed_marker(node):
            return _FALSE
        case _:
            return None


def _value(node: Node) -> Truth | None:
    match node:
        case Literal(text="true"):
            return _TRUE
        case Literal(text="false"):
            return _FALSE
        case Call():
            return _marker(node)
        case _:
            return None
