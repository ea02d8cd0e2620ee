"""Wildcards match as fnmatch does with `*` only, one by one and by the index, and quickly."""

from __future__ import annotations

import time
from fnmatch import fnmatchcase

from hypothesis import given
from hypothesis import strategies as st

from policies.rules.wildcards import WildcardIndex, matches

WILDCARDS = st.text("ab*", max_size=8)
TEXTS = st.text("ab", max_size=12)


@given(WILDCARDS, TEXTS)
def test_a_wildcard_matches_as_in_a_shell(wildcard: str, text: str) -> None:
    assert matches(wildcard, text) == fnmatchcase(text, wildcard)


@given(st.lists(WILDCARDS, max_size=12), TEXTS)
def test_the_index_finds_the_rules_of_all_wildcards_that_match(
    wildcards: list[str], text: str
) -> None:
    index = WildcardIndex((one, 1 << number) for number, one in enumerate(wildcards))
    expected = sum(1 << number for number, one in enumerate(wildcards) if fnmatchcase(text, one))
    assert index.rules(text) == expected


def test_parts_of_a_wildcard_do_not_overlap_in_the_text() -> None:
    assert not matches("*ab*ba*", "aba")
    assert matches("*ab*ba*", "abba")
    assert not matches("aba*aba", "aba")


def test_letters_that_mean_something_elsewhere_mean_themselves() -> None:
    assert matches("roles/[a].?*", "roles/[a].?x")
    assert not matches("roles/[a].?*", "roles/a.bx")


def test_many_asterisks_cost_little() -> None:
    begun = time.perf_counter()
    assert not matches("*a" * 150, "a" * 149 + "b" * 100)
    assert not matches("*" * 300 + "c", "a" * 300)
    assert time.perf_counter() - begun < 1
