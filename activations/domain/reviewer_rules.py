"""Whom a person may ask to review, and what reviewers must say: pure checks with the original's words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from activations.domain.rules import LONGEST_JUSTIFICATION, Limits, Refusal
from activations.domain.text import is_unprintable, normalised

LONGEST_ADDRESS = 254
ADDRESS = re.compile(r"[^@\s,:]+@[^@\s,:]+")


def check_enough(reviewers: Sequence[str], *, limits: Limits) -> None:
    """:raises Refusal: when fewer are named than the operator asks for."""
    if len(reviewers) < limits.min_reviewers:
        raise Refusal(f"You must select at least {limits.min_reviewers} reviewers")


def distinct_reviewers(reviewers: Sequence[str]) -> tuple[str, ...]:
    """Addresses in lower case, each once, in the order given.

    :raises Refusal: when one is no address.
    """
    cleaned = tuple(dict.fromkeys(reviewer.strip().lower() for reviewer in reviewers))
    for reviewer in cleaned:
        if not ADDRESS.fullmatch(reviewer):
            raise Refusal(f"{reviewer!r} is not the e-mail address of a reviewer")
    return cleaned


def check_reviewers(reviewers: Sequence[str], *, beneficiary: str, limits: Limits) -> None:
    """Distinct reviewers within the limits, oneself not among them.

    :raises Refusal: when not.
    """
    if len(reviewers) > limits.max_reviewers:
        raise Refusal(
            f"The number of reviewers exceeds the allowed maximum of {limits.max_reviewers}"
        )
    if len(reviewers) < limits.min_reviewers:
        raise Refusal(f"At least {limits.min_reviewers} reviewers must be specified")
    if beneficiary in reviewers:
        raise Refusal("You cannot review your own request; choose somebody else")


def check_address(text: str) -> str:
    """The e-mail address in lower case.

    :raises Refusal: when it is not the address of one person.
    """
    address = text.strip().lower()
    if not (ADDRESS.fullmatch(address) and address.isascii() and address.isprintable()):
        raise Refusal("Enter the e-mail address of one person")
    if len(address) > LONGEST_ADDRESS:
        raise Refusal("The e-mail address is too long")
    return address


def check_reason(text: str) -> str:
    """Why an administrator does something, trimmed.

    :raises Refusal: when it is missing or too long.
    """
    reason = check_comment(text.replace("\r\n", "\n"), required=False)
    if not reason:
        raise Refusal("Enter a reason")
    return reason


def check_comment(comment: str, *, required: bool) -> str:
    """What a reviewer or beneficiary says, as it is recorded.

    :raises Refusal: when it is missing where it is needed, or too long.
    """
    text = normalised(comment)
    if required and not text:
        raise Refusal("Say why you decline, in a comment")
    if len(text) > LONGEST_JUSTIFICATION:
        raise Refusal(f"The comment must have at most {LONGEST_JUSTIFICATION} characters")
    if any(is_unprintable(letter) for letter in text):
        raise Refusal("The comment must not contain control characters")
    return text
