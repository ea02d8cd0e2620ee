"""Parses conditions as CEL, with the limits of Google's parser on length and nesting."""

from collections.abc import Callable
from functools import cache

from eligibility.syntax import Node, Unparseable, levels

__all__ = ["Unparseable", "parse"]

LONGEST = 100_000  # code points
DEEPEST = 250


def parse(text: str) -> tuple[Node, ...]:
    """Return the operands of the top-level `&&`, in order, or the whole expression as the only item.

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
    # Loading lark takes 200 ms and 20 MiB, so a process loads it with the first eligible role it reads.
    from eligibility import cel_grammar  # noqa: PLC0415 - see above

    return cel_grammar.load()
