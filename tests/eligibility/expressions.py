"""Random conditions, and their evaluation by cel-python."""

from functools import cache
from itertools import cycle, product
from typing import Any

import celpy
from celpy.celtypes import BoolType, IntType, StringType
from celpy.evaluation import CELEvalError
from hypothesis import strategies as st

ENVIRONMENT = (
    celpy.Environment()
)  # raises the recursion limit, about which hypothesis would complain
STRINGS = ('"x"', "'x'", "'a\"b'", '"it\'s"', r"r'\d'", r'"\\d"', "'''a'b'''", r'"a\nb"', '"&& ("')
BLANKS = st.sampled_from([" ", "", "\n", " // it's && (\n", "\t"])
WORLDS = [
    {"a": a, "b": b, "c": c, "n": n, "s": s}
    for (a, b, c), (n, s) in zip(
        product([False, True], repeat=3), cycle([(1, "x"), (3, 'a"b'), (-2, "\\d")]), strict=False
    )
]


def numbers() -> st.SearchStrategy[str]:
    atoms = st.sampled_from(["n", "1", "7", "-3", "0x10", "(n)"])
    return st.recursive(
        atoms,
        lambda inner: (
            st.builds("{}{}{}".format, inner, st.sampled_from(["+", "-", " * ", "/", " - "]), inner)
            | inner.map("-({})".format)
            | inner.map("({})".format)
        ),
        max_leaves=4,
    )


def atoms() -> st.SearchStrategy[str]:
    return st.one_of(
        st.sampled_from(["a", "b", "c", "true", "false"]),
        st.sampled_from(STRINGS).map("s == {}".format),
        st.sampled_from(STRINGS).map("s.startsWith({})".format),
        st.sampled_from(STRINGS).map("[{}, 'y'].exists(x, x == s)".format),
        st.builds("{} < {}".format, numbers(), numbers()),
        numbers().map("{} in [1, 7, n]".format),
    )


def conditions(leaves: st.SearchStrategy[str] | None = None) -> st.SearchStrategy[str]:
    """Generate boolean expressions, with required and redundant parentheses."""
    return st.recursive(
        atoms() if leaves is None else leaves,
        lambda inner: st.one_of(
            st.builds("{}{}&&{}{}".format, inner, BLANKS, BLANKS, inner),
            st.builds("{}{}||{}{}".format, inner, BLANKS, BLANKS, inner),
            st.builds("{} == ({})".format, inner, inner),
            st.builds("({}) ? ({}) : {}".format, inner, inner, inner),
            st.builds("({}{})".format, BLANKS, inner),
            inner.map("!({})".format),
            inner.map("!!({})".format),
        ),
        max_leaves=7,
    )


def outcomes(expression: str) -> list[bool | str]:
    """Return the results of cel-python for an expression with each set of values."""
    return [_outcome(expression, world) for world in WORLDS]


def _outcome(expression: str, world: dict[str, Any]) -> bool | str:
    wrap = {bool: BoolType, int: IntType, str: StringType}
    try:
        result = _program(expression).evaluate(
            {name: wrap[type(value)](value) for name, value in world.items()}
        )
    except CELEvalError:
        return "error"
    return bool(result)


@cache
def _program(expression: str) -> Any:
    return ENVIRONMENT.program(ENVIRONMENT.compile(expression))
