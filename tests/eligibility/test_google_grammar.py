"""Conditions that Google's parser (cel-go) accepts or refuses and other CEL parsers treat differently."""

import pytest

from eligibility.cel import Unparseable, canonical, parse
from eligibility.conditions import Eligibility, read_eligibility
from tests.eligibility.cases import JIT

READ = {
    "[1,]": "[1]",
    "[,]": "[]",
    "{1:2,}": "{1: 2}",
    "{,}": "{}",
    "A{a:1,}": "A{a: 1}",
    "A{,}": "A{}",
    ".A.b{c:1}": ".A.b{c: 1}",
    "namespace.Foo{}": "namespace.Foo{}",
    "resource.namespace": "resource.namespace",
    "a.package.return": "a.package.return",
    "a.namespace()": "a.namespace()",
    "A{package:1}": "A{package: 1}",
    'r"a\\"': '"a\\\\"',
    "r'\\'": '"\\\\"',
    'r"""a\\"""': '"a\\\\"',
    'br"\\x"': 'b"\\134\\170"',
    "bR'''a'''": 'b"\\141"',
    '"""a\rb"""': '"a\\nb"',
    "1.size()": "(1).size()",
    "1.e5": "(1).e5",
    ".5": "0.5",
    "1e5": "100000.0",
    "- 1": "-1",
    "-9223372036854775808": "-9223372036854775808",
    "- 9223372036854775808": "-9223372036854775808",
    "--1": "1",
    "---a": "-a",
    "!!!a": "!a",
    "!-1": "!(-1)",
    "-1.5": "-1.5",
    "- 1.5": "-1.5",
    "1 in [1]": "1 in [1]",
    "1in[1]": "1 in [1]",
    "a - 1": "a - 1",
    "a-1": "a - 1",
    "a -1": "a - 1",
    '"a"in[1]': '"a" in [1]',
    "0xFFu": "255u",
    "inb": "inb",
    "a.inb": "a.inb",
    "nullable": "nullable",
    "a.nullx": "a.nullx",
    '"\\X41"': '"A"',
    '"\\?\\`"': '"?`"',
    '"a".b': '"a".b',
    '"""a""b"""': '"a\\"\\"b"',
    '""""""': '""',
    "''": '""',
    "x.all(i,i)": "x.all(i, i)",
    "x.map(i,i,i)": "x.map(i, i, i)",
    "x.all(1)": "x.all(1)",
    "has(a.b)": "has(a.b)",
    "a // x\n": "a",
    '""': '""',
    'r""': '""',
    "'''it''s'''": "\"it''s\"",
    "a?b:c?d:e": "a ? b : (c ? d : e)",
    "(a).b": "a.b",
    "a().b": "a().b",
    "[-1, -2]": "[-1, -2]",
    "-1 - -1": "-1 - -1",
    '{"a":1}["a"]': '{"a": 1}["a"]',
    "1 - 1u": "1 - 1u",
    "-1u": "-1u",
    "-(-9223372036854775807)": "9223372036854775807",
}
REFUSED = [
    "f(a,)",
    "a.b(c,)",
    "[1,,]",
    "[,1]",
    "{,1:2}",
    "a.`b`",
    "a.?b",
    "a[?b]",
    "[?a]",
    "{?a:b}",
    "!-a",
    "-!a",
    "-!-1",
    "1inb",
    "a inb",
    "1 in1",
    "a.in",
    "a.true",
    "A{in:1}",
    "A{null:1}",
    "namespace",
    "as.b",
    "for()",
    ".for",
    ".if.b",
    "(a).b{}",
    "a().b{}",
    "a[1]{}",
    '"a"{}',
    "1{}",
    'r"a\\"b"',
    '"a\\"',
    'rb"a"',
    '"\n"',
    "1.",
    "1..2",
    "1e",
    "1u2",
    "0x",
    "0xg",
    "01x",
    "--9223372036854775808",
    "-(-9223372036854775808)",
    "-9223372036854775809",
    "x.all(1,a)",
    "x.map(a.b,c)",
    "null.a b",
    "a b",
    "in",
    "true()",
    "null()",
    "'''a'''b'''",
    'b"\\u0041"',
    "namespace.a",
    "(namespace).b{}",
    "-namespace",
    "[namespace]",
    "f(namespace)",
    "namespace.foo()",
    "namespace[1]",
    "a.b.in",
    "a.in()",
    "1.5u",
    "1u.5",
    "`a`",
    "r'a\nb'",
    "'a\\\nb'",
    "'''a\\\nb'''",
]


@pytest.mark.parametrize("expression", READ)
def test_expressions_that_google_accepts_are_parsed(expression: str) -> None:
    assert canonical(parse(expression)) == READ[expression]


@pytest.mark.parametrize("expression", READ)
def test_the_canonical_text_parses_to_the_same_tree(expression: str) -> None:
    assert canonical(parse(READ[expression])) == READ[expression]


@pytest.mark.parametrize("expression", REFUSED)
def test_expressions_that_google_refuses_are_refused(expression: str) -> None:
    with pytest.raises(Unparseable):
        parse(expression)


@pytest.mark.parametrize(
    ("clause", "resource_condition"),
    [
        (
            (
                'api.getAttribute("iam.googleapis.com/modifiedGrantsByRole", [])'
                '.hasOnly(["roles/a", "roles/b",])'
            ),
            (
                'api.getAttribute("iam.googleapis.com/modifiedGrantsByRole", [])'
                '.hasOnly(["roles/a", "roles/b"])'
            ),
        ),
        ("resource.namespace == 'x'", 'resource.namespace == "x"'),
        (r"resource.name.endsWith(r'\')", r'resource.name.endsWith("\\")'),
    ],
)
def test_conditions_that_iam_accepts_stay_eligible(clause: str, resource_condition: str) -> None:
    reading = read_eligibility(f"{JIT} && {clause}")
    assert isinstance(reading, Eligibility)
    assert reading.resource_condition == resource_condition
