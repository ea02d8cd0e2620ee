"""Patterns outside RE2 are refused at the start; the message names the construct."""

import pytest

from policies.patterns import UnusablePattern, check_pattern, matches


@pytest.mark.parametrize(
    ("pattern", "construct"),
    [
        (r"(?=CASE).*", r"look-around \(\(\?=\)"),
        (r"(?!x).*", "look-around"),
        (r"(?<!x)a", "look-around"),
        (r"(?<=x)a", "look-around"),
        (r"(a)\1", r"a back reference \(\\1\)"),
        (r"(?<n>a)\k<n>", "a back reference"),
        (r"(?P<n>a)(?P=n)", "a back reference"),
        (r"(?>a)b", "an atomic group"),
        (r"a*+b", "a possessive quantifier"),
        (r"[a-z&&[^b]]+", "an intersection of classes"),
        (r"(?x) a", "the flag x"),
        (r"(", "missing"),
        (r"\p{Alpha}+", "invalid character class range"),
    ],
)
def test_constructs_outside_re2_are_named(pattern: str, construct: str) -> None:
    with pytest.raises(UnusablePattern, match=construct):
        check_pattern(pattern)


@pytest.mark.parametrize("pattern", [r"(?<case>\d+)", r"(?P<case>\d+)", r"\\1", r"\(\?=", ".*"])
def test_patterns_of_re2_are_accepted(pattern: str) -> None:
    check_pattern(pattern)


@pytest.mark.parametrize(
    ("text", "expected"), [("BUG-1", True), ("BUG-1 ", False), ("BUG-\u0663", False)]
)
def test_the_whole_text_must_match_and_classes_are_ascii(text: str, expected: bool) -> None:
    assert matches(r"BUG-\d+", text) is expected
