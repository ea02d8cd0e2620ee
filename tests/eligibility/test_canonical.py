"""Canonical text is the same for equivalent conditions and never changes the meaning."""

import pytest
from hypothesis import given, settings

from eligibility.cel import canonical, parse
from eligibility.syntax import Node, Operator
from tests.eligibility.expressions import conditions, outcomes
from tests.eligibility.trees import trees, ungrouped


def text(expression: str) -> str:
    return canonical(parse(expression))


@pytest.mark.parametrize(
    ("expression", "printed"),
    [
        ("a==b&&x in[1,2]", "a == b && x in [1, 2]"),
        ("a && (b && c)", "a && b && c"),
        ("(a || (b || c))", "a || b || c"),
        ("(a || b) && c", "(a || b) && c"),
        ("a - (b - c)", "a - (b - c)"),
        ("(a - b) - c", "a - b - c"),
        ("a * (b + c) % d", "a * (b + c) % d"),
        ("(a == b) == c", "a == b == c"),
        ("a == (b == c)", "a == (b == c)"),
        ("a-1", "a - 1"),
        ("1-1", "1 - 1"),
        ("a - -1", "a - -1"),
        ("x == 1 ? a : b", "(x == 1) ? a : b"),
        ("a ? b : c ? d : e", "a ? b : (c ? d : e)"),
        ("f(a, b) ? g(a) : a[b]", "(f(a, b)) ? g(a) : (a[b])"),
        ("(a ? b : c) || d", "(a ? b : c) || d"),
        ("!(a && b)", "!(a && b)"),
        ("!a.b(c, d)", "!(a.b(c, d))"),
        ("!!!a", "!a"),
        ("!(!a)", "a"),
        ("--n", "n"),
        ("!(-n)", "!(-n)"),
        ("(!a).b", "(!a).b"),
        ("(a + b).c()", "(a + b).c()"),
        ("(a ? b : c)[d]", "(a ? b : c)[d]"),
        ("(1).f()", "(1).f()"),
        ("-(1).f()", "-(1).f()"),
        ("(-1).f()", "(-1).f()"),
        ("has( a . b )", "has(a.b)"),
        (".a.b(.c(1))", ".a.b(.c(1))"),
        ("A.B{x:1,y:[]}", "A.B{x: 1, y: []}"),
        ("{'a':1,2:b}", '{"a": 1, 2: b}'),
        ("[1,2].all(x,x>0)", "[1, 2].all(x, x > 0)"),
        ("0x1F + 007", "31 + 7"),
        ("5U + 0xFu", "5u + 15u"),
        ("1.50", "1.5"),
        ("1e7", "1.0E7"),
        ("12345678.9", "1.23456789E7"),
        ("9999999.0", "9999999.0"),
        ("0.001", "0.001"),
        (".00025", "2.5E-4"),
        ("0.0", "0.0"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("b'aé\\x00\\377'", 'b"\\141\\303\\251\\000\\377"'),
        ("'Grüße \\u00e9 \\U0001F600'", '"Grüße é 😀"'),
        ("'\\x41\\101\\?\\`'", '"AA?`"'),
        ("r'\\'", '"\\\\"'),
        ("'\\a\\b\\f\\n\\r\\t\\v\\x00\\x7f'", '"\\a\\b\\f\\n\\r\\t\\v\\u0000\\u007f"'),
        ('"""a"b\nc"""', '"a\\"b\\nc"'),
        ("true && null == false", "true && null == false"),
    ],
)
def test_canonical_text(expression: str, printed: str) -> None:
    assert text(expression) == printed
    assert text(printed) == printed


def test_an_empty_condition_has_an_empty_text() -> None:
    assert canonical(()) == ""


def test_an_operator_needs_operands() -> None:
    with pytest.raises(ValueError, match="without operands"):
        canonical([Operator("+", ())])


@given(tree=trees())
@settings(max_examples=100)
def test_canonical_text_parses_to_the_same_tree(tree: Node) -> None:
    (back,) = parse(f"({canonical([tree])})")
    assert ungrouped(back) == ungrouped(tree)
    assert canonical([back]) == canonical([ungrouped(tree)])


@given(expression=conditions())
@settings(max_examples=40)
def test_canonical_text_evaluates_to_the_same_result(expression: str) -> None:
    assert outcomes(text(expression)) == outcomes(expression)
