"""Only CEL is parsed; any other text is reported as unparseable and cannot crash the process."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.cel import DEEPEST, LONGEST, Unparseable, parse


@pytest.mark.parametrize(
    "expression",
    [
        "",
        " ",
        "// only a comment",
        "a &&",
        "a = b",
        "a & b",
        "(a",
        "a b",
        "[1, 2",
        "a\u00a0&& b",
        r'"a\"',
        r'"\q"',
        r'"\x4"',
        r'"\u12"',
        r'"\ud800"',
        r'"\U00110000"',
        r'"\400"',
        '"a\nb"',
        '"a\rb"',
        r'"""a\"""',
        '"""a"""b"""',
        r'r"a\"b"',
        r'b"\u0041"',
        "rb'x'",
        "'\ud800'",
        "1.",
        "1e400",
        "9223372036854775808",
        "a - 9223372036854775808",
        "-9223372036854775809",
        "18446744073709551616u",
        "9" * 6000,
        "0x" + "f" * 6000,
        "if",
        "for(a)",
        "a.in",
        "a.null",
        "a.true",
        "package.name",
        "has(a)",
        "has(a, b)",
        "has({}, jitAccessConstraint)",
        "HAS({})",
        "f(){a: 1}",
        "has({}.jit Access Constraint)",
    ],
)
def test_text_that_is_not_cel_is_unparseable(expression: str) -> None:
    with pytest.raises(Unparseable):
        parse(expression)


@pytest.mark.parametrize("opening", ["(", "[", "!(-(", "f(", "a[", "{1: "])
def test_deep_nesting_is_refused_or_harmless(opening: str) -> None:
    closing = {"(": ")", "[": "]", "!(-(": "))", "f(": ")", "a[": "]", "{1: ": "}"}[opening]
    text = opening * 1000 + "a" + closing * 1000
    if opening == "(":
        assert len(parse(text)) == 1
    else:
        with pytest.raises(Unparseable, match="too deeply"):
            parse(text)


def test_the_deepest_nesting_allowed_is_read() -> None:
    lists = DEEPEST - 1
    assert parse("[" * lists + "1" + "]" * lists)
    with pytest.raises(Unparseable):
        parse("[" * DEEPEST + "1" + "]" * DEEPEST)


def test_long_conditions_are_refused_and_wide_ones_are_not_deep() -> None:
    assert len(parse(" && ".join(["a"] * 2000))) == 2000
    with pytest.raises(Unparseable, match="too long"):
        parse("a" + " " * LONGEST)


@given(expression=st.text(alphabet="ab'\"\\r&|!?:.,()[]{}01x-u \n/", max_size=40))
def test_any_text_is_at_worst_unparseable(expression: str) -> None:
    try:
        clauses = parse(expression)
    except Unparseable:
        return
    assert clauses


def test_the_rules_need_neither_django_nor_google_and_load_the_parser_late() -> None:
    program = (
        "import sys; from eligibility import conditions, facts, holders, membership;"
        "assert conditions.read_eligibility('resource.type == \"x\"') is None;"
        "assert conditions.read_eligibility('has({}.jitAccessConstraint)');"
        "loaded = {name.partition('.')[0] for name in sys.modules};"
        "assert loaded.isdisjoint({'django', 'google', 'googlecloud', 'lark', 'celpy'}), loaded;"
        "assert conditions.read_eligibility('has({}.jitAccessConstraint) && x == 1');"
        "assert 'lark' in sys.modules and 'celpy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
