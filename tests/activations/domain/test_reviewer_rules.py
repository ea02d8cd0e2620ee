"""Whom a person may ask to review, and which comments are valid."""

from __future__ import annotations

from dataclasses import replace

import pytest

from activations.domain.rules import (
    Limits,
    Refusal,
    check_comment,
    check_enough,
    check_reviewers,
    distinct_reviewers,
)
from activations.iam.dependencies import current_limits

ALICE, BOB, CAROL, DAVE = (f"{name}@example.com" for name in ("alice", "bob", "carol", "dave"))


@pytest.fixture
def two_to_three() -> Limits:
    return replace(current_limits(), min_reviewers=2, max_reviewers=3)


def test_the_smallest_allowed_number_of_reviewers_is_enough(two_to_three: Limits) -> None:
    check_enough([BOB, CAROL], limits=two_to_three)
    with pytest.raises(Refusal, match=r"^You must select at least 2 reviewers$"):
        check_enough([BOB], limits=two_to_three)


def test_reviewers_are_lower_case_and_named_once_in_the_order_given() -> None:
    given = [" Carol@Example.com", BOB, "carol@example.com\n", BOB.upper()]
    assert distinct_reviewers(given) == (CAROL, BOB)
    assert distinct_reviewers([]) == ()


@pytest.mark.parametrize(
    "text", ["", "bob", "bob@", "@example.com", "bob@x@y", "a b@example.com", "user:bob@x", "a,b@x"]
)
def test_an_invalid_address_is_refused_by_name_at_any_position(text: str) -> None:
    for given in ([text], [BOB, text, CAROL]):
        with pytest.raises(Refusal) as refusal:
            distinct_reviewers(given)
        assert str(refusal.value) == f"{text!r} is not the e-mail address of a reviewer"


@pytest.mark.parametrize("reviewers", [[BOB, CAROL], [BOB, CAROL, DAVE]])
def test_both_limits_of_reviewers_are_inclusive(reviewers: list[str], two_to_three: Limits) -> None:
    check_reviewers(reviewers, beneficiary=ALICE, limits=two_to_three)


@pytest.mark.parametrize(
    ("reviewers", "message"),
    [
        ([BOB], "At least 2 reviewers must be specified"),
        (
            [BOB, CAROL, DAVE, "erin@example.com"],
            "The number of reviewers exceeds the allowed maximum of 3",
        ),
        ([BOB, ALICE], "You cannot review your own request; choose somebody else"),
    ],
)
def test_too_few_and_too_many_reviewers_and_the_requester_are_refused(
    reviewers: list[str], message: str, two_to_three: Limits
) -> None:
    with pytest.raises(Refusal) as refusal:
        check_reviewers(reviewers, beneficiary=ALICE, limits=two_to_three)
    assert str(refusal.value) == message


def test_a_comment_is_trimmed_and_may_be_missing_where_it_is_not_required() -> None:
    assert check_comment("  not today\n", required=True) == "not today"
    assert check_comment(" fine ", required=False) == "fine"
    assert check_comment(" \n", required=False) == ""


def test_a_required_comment_cannot_be_blank() -> None:
    for blank in ("", " \n\t"):
        with pytest.raises(Refusal, match=r"^Explain in a comment why you decline$"):
            check_comment(blank, required=True)


def test_a_comment_may_have_1000_characters_and_several_lines() -> None:
    assert check_comment("x" * 1000, required=True) == "x" * 1000
    assert check_comment("one\n\ttwo", required=False) == "one\n\ttwo"
    with pytest.raises(Refusal, match=r"^The comment must have at most 1000 characters$"):
        check_comment("x" * 1001, required=False)


@pytest.mark.parametrize("letter", ["\x00", "\x1b", "\x85", "\ud800"])
def test_control_characters_in_a_comment_are_refused(letter: str) -> None:
    with pytest.raises(Refusal, match=r"^The comment must not contain control characters$"):
        check_comment(f"no{letter}way", required=False)
