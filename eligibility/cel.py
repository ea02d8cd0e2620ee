"""Parses conditions as CEL, within CEL's own limits; everything else is unparseable."""

from collections.abc import Callable
from functools import cache

from eligibility.syntax import Node, Unparseable, levels

__all__ = ["Unparseable", "parse"]

LONGEST = 100_000  # code points
DEEPEST = 250


def parse(text: str) -> tuple[Node, ...]:
    """Return the operands of the top-level `&&`, in order; a single one when there is none.

    :raises Unparseable: when the text is not CEL within its limits.
    """
    if len(text) > LONGEST:
        raise Unparseable("it is too long")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise Unparseable("it is not Unicode")
    clauses = _parser()(text)
    if sum(1 for _ in levels(clauses)) > DEEPEST:
        raise Unparseable("it is nested too deeply")
    return clauses


@cache
def _parser() -> Callable[[str], tuple[Node, ...]]:
    # Loading lark costs 200 ms and 20 MiB: only a process that meets an eligible role pays.
    from eligibility import cel_grammar  # noqa: PLC0415 - see above

    return cel_grammar.load()
