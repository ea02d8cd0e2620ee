"""Which parts of texts are names of a person, and which only look like them."""

from __future__ import annotations

import pytest

from activations.domain.pseudonyms import Pseudonyms

NUMBER = "108234567890123456789"
NAMES = Pseudonyms(
    {"alice@example.com": "p1@removed.invalid", f"accounts.google.com:{NUMBER}": "removed:2"}
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("alice@example.com", "p1@removed.invalid"),
        ("Ask Alice@Example.COM.", "Ask p1@removed.invalid."),
        (
            "user:alice@example.com, 'alice@example.com'",
            "user:p1@removed.invalid, 'p1@removed.invalid'",
        ),
        ("?q=user%3Aalice%40example.com&x", "?q=user%3Ap1%40removed.invalid&x"),
        ("alice@example.com (stage 2)", "p1@removed.invalid (stage 2)"),
        (f"accounts.google.com:{NUMBER}", "removed:2"),
        (f"id {NUMBER}", "id removed:2"),
    ],
)
def test_a_name_is_replaced_in_any_case_and_form(text: str, expected: str) -> None:
    assert NAMES.in_text(text) == expected
    assert NAMES.in_json({text: [text, 1, None]}) == {expected: [expected, 1, None]}
    assert any(term in text.lower() for term in NAMES.terms)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "malice@example.com",
            "x.alice@example.com",
            "o'alice@example.com",
            "a-alice@example.com",
        ),
        *("alice@example.com.evil.example", "alice@example.company", "Alice"),
        *(f"{NUMBER}0", f"accounts.google.com:{NUMBER}1"),
    ],
)
def test_a_part_of_a_longer_name_is_left_alone(text: str) -> None:
    assert NAMES.in_text(text) == text


def test_a_short_number_of_an_account_is_only_replaced_with_its_prefix() -> None:
    names = Pseudonyms({"accounts.google.com:17": "removed:3"})
    assert names.in_text("17 accounts.google.com:17 accounts.google.com:171") == (
        "17 removed:3 accounts.google.com:171"
    )
