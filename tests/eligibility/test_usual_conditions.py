"""The short way for usual conditions returns what the parser returns, and leaves everything else to it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from eligibility import cel_grammar, usual_conditions
from eligibility.conditions import temporary_clause

WINDOW = temporary_clause(
    datetime(2031, 2, 3, 4, 5, 6, tzinfo=UTC), datetime(2031, 2, 3, 5, 5, 6, tzinfo=UTC)
)
JIT, MPA = (f"has({{}}.{marker})" for marker in usual_conditions.MARKERS)


@pytest.fixture(scope="module")
def parse():
    return cel_grammar.load()


@pytest.mark.parametrize("text", [JIT, MPA, WINDOW])
def test_a_usual_condition_reads_as_the_parser_reads_it(parse, text):
    assert usual_conditions.read(text) == parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"({JIT})",
        f"{JIT} ",
        f"{JIT} && {WINDOW}",
        f"{WINDOW} && resource.name == 'x'",
        f"{WINDOW}\n",
        WINDOW[1:-1],
        WINDOW.replace('"', "'"),
        WINDOW.replace("Z", "+00:00"),
        WINDOW.replace("<", "<="),
        WINDOW.replace("2031", "٢٠٣١"),
        JIT.replace("jit", "Jit"),
    ],
)
def test_every_other_condition_is_left_to_the_parser(text):
    assert usual_conditions.read(text) is None
