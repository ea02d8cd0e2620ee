"""The condition that was probably meant where a marker is misspelled."""

from __future__ import annotations

from collections.abc import Sequence

from eligibility.cel import Unparseable, canonical, parse
from eligibility.conditions import Eligibility, read_eligibility
from eligibility.entitlements import ActivationType
from eligibility.marker_words import (
    WORDS,
    closest,
    disguised_marker,
    latin,
    marker_type,
    resembles,
)
from eligibility.syntax import Call, MapOf, Node, Select, conjuncts


def corrected(expression: str) -> str:
    """Return the condition with its one marker spelled correctly; empty when it is not certain.

    Only a marker that `&&` joins to the rest can be corrected: elsewhere the intention is unknown.
    """
    if word := disguised_marker(expression):
        expression = expression.replace(word, closest(latin(word)))
    try:
        clauses = conjuncts(parse(expression))
    except Unparseable:
        return ""
    found = {word for clause in clauses if (word := _marker_word(clause))}
    types = {closest(word) for word in found}
    if len(types) != 1:
        return ""
    return _checked(types.pop(), [clause for clause in clauses if not _marker_word(clause)])


def with_one_marker(expression: str, activation_type: ActivationType) -> str:
    """Return the condition of an eligible role with this marker only."""
    rest = [clause for clause in conjuncts(parse(expression)) if marker_type(clause) is None]
    return _checked(WORDS[activation_type], rest)


def _checked(word: str, rest: Sequence[Node]) -> str:
    marker = Call("has", (Select(MapOf(()), word),))
    text = canonical([marker, *rest])
    return text if isinstance(read_eligibility(text), Eligibility) else ""


def _marker_word(node: Node) -> str:
    """Return the word of `has({}.<word>)` or `has({}.<word>.<suffix>)` that resembles a marker, or ''."""
    match node:
        case Call(
            function=has,
            target=None,
            arguments=(
                Select(operand=MapOf(entries=()), field=word)
                | Select(operand=Select(operand=MapOf(entries=()), field=word)),
            ),
        ) if has.lower() == "has" and resembles(word):
            return word
        case _:
            return ""
