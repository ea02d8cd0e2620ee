"""Conditions and roles in words."""

from __future__ import annotations

import pytest

from activations.pages.wording import condition_summary, short_role


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ('resource.name == "a/b"', "Only resources named “a/b”"),
        ('resource.name.startsWith("x")', "Only resources whose name starts with “x”"),
        ('resource.name.endsWith("&& y")', "Only resources whose name ends with “&& y”"),
        (
            'resource.service == "storage.googleapis.com" && resource.name.startsWith("p")',
            "Only resources of storage.googleapis.com and whose name starts with “p”",
        ),
        ('resource.type == "t" || true', 'Only where resource.type == "t" || true'),
        (r'resource.name == "a\"b"', r'Only where resource.name == "a\"b"'),
        ('resource.name == "{0}"', "Only resources named “{0}”"),
    ],
)
def test_a_condition_in_words(condition: str, words: str) -> None:
    assert condition_summary(condition) == words


def test_a_long_condition_is_cut_in_the_summary() -> None:
    assert condition_summary("x" * 5000) == f"Only where {'x' * 60} …"


@pytest.mark.parametrize(
    ("role", "name"),
    [
        ("roles/compute.admin", "compute.admin"),
        ("organizations/7/roles/breakGlass", "breakGlass"),
        ("projects/p/roles/custom", "custom"),
        ("odd", "odd"),
    ],
)
def test_a_role_is_named_by_its_last_part(role: str, name: str) -> None:
    assert short_role(role) == name
