"""What people enter about campaigns and items, checked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from activations.domain.rules import Refusal, check_address, check_comment, check_text
from activations.domain.text import folded, is_unprintable, normalised

LONGEST_NAME = 100
LONGEST_FILTER = 128
MOST_REVIEWERS = 50
LONGEST_CAMPAIGN = timedelta(days=366)
TYPES = ("", "JIT", "MPA")
KEEP, REMOVE = "keep", "remove"


@dataclass(frozen=True, slots=True)
class Filters:
    """Which eligible bindings a campaign is about; '' matches everything, * stands for any text."""

    project: str = ""
    role: str = ""
    member: str = ""
    activation_type: str = ""

    def words(self) -> list[str]:
        """Return the filters that are set, for people."""
        labels = {
            "project": "Project",
            "role": "Role",
            "member": "Member",
            "activation_type": "Type",
        }
        found = ((label, getattr(self, name)) for name, label in labels.items())
        return [f"{label}: {value}" for label, value in found if value]


@dataclass(frozen=True, slots=True)
class Wish:
    """A campaign as an administrator wants it; `reviewers` are `user:…` and `group:…`."""

    name: str
    filters: Filters
    reviewers: tuple[str, ...]
    due_at: datetime


def check_filters(filters: Filters) -> Filters:
    """Return the filters as they are stored.

    :raises Refusal: when one is too long, cannot be stored, or the type is not known.
    """
    checked = Filters(
        project=_filter("The project", filters.project),
        role=_filter("The role", filters.role),
        member=_filter("The member", filters.member).lower(),
        activation_type=filters.activation_type.strip().upper(),
    )
    if checked.activation_type not in TYPES:
        raise Refusal("The type must be JIT or MPA")
    return checked


def check_wish(wish: Wish, *, now: datetime) -> Wish:
    """Return the campaign as it is stored.

    :raises Refusal: when a value is missing or not allowed.
    """
    name = folded(normalised(wish.name)).strip()
    if not name:
        raise Refusal("Enter a name")
    if len(name) > LONGEST_NAME or any(is_unprintable(letter) for letter in name):
        raise Refusal(f"The name must have at most {LONGEST_NAME} printable characters")
    if wish.due_at <= now:
        raise Refusal("The due date must be in the future")
    if wish.due_at - now > LONGEST_CAMPAIGN:
        raise Refusal("The due date must be within a year")
    return Wish(name, check_filters(wish.filters), _reviewers(wish.reviewers), wish.due_at)


def split_reviewers(text: str) -> tuple[str, ...]:
    """Return the words of a text with reviewers, separated by blanks, commas or line ends."""
    return tuple(word for word in re.split(r"[\s,;]+", text) if word)


def check_decision(decision: str, comment: str) -> tuple[str, str]:
    """Return the decision and the comment as they are recorded.

    :raises Refusal: when the decision is not known, or the comment is missing or not allowed.
    """
    if decision not in {KEEP, REMOVE}:
        raise Refusal("Choose Keep or Remove")
    text = check_comment(comment, required=False)
    if decision == REMOVE and not text:
        raise Refusal("Explain in a comment why the eligibility should be removed")
    return decision, text


def check_bulk_comment(comment: str) -> str:
    """Return the comment for many items.

    :raises Refusal: when it is missing or not allowed.
    """
    text = check_comment(comment, required=False)
    if not text:
        raise Refusal("Explain in a comment why these items should be kept")
    return text


def _filter(name: str, text: str) -> str:
    value = check_text(name, text.strip())
    if len(value) > LONGEST_FILTER:
        raise Refusal(f"{name} must have at most {LONGEST_FILTER} characters")
    return value


def _reviewers(reviewers: tuple[str, ...]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(_principal(one) for one in reviewers))
    if not found:
        raise Refusal("Name at least one reviewer")
    if len(found) > MOST_REVIEWERS:
        raise Refusal(f"Name at most {MOST_REVIEWERS} reviewers; use a group for more people")
    return found


def _principal(text: str) -> str:
    kind, _, address = text.strip().lower().rpartition(":")
    if kind not in {"", "user", "group"}:
        raise Refusal(
            f"{text!r} is not a reviewer. Write bob@example.com or group:leads@example.com"
        )
    return f"{kind or 'user'}:{check_address(address)}"
