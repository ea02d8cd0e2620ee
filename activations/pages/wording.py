"""Short texts for states, roles and conditions."""

from __future__ import annotations

import re
from dataclasses import dataclass

from activations.domain.labels import AFTER_REVIEW_STATES, OVERDUE_REVIEW, STATUSES
from activations.domain.states import AfterReviewState, Status
from activations.domain.text import visible
from activations.services.role_states import INACTIVE

LONGEST_SUMMARY = 60


@dataclass(frozen=True, slots=True)
class Words:
    """A text, and the CSS class of the color in which the page shows it."""

    words: str
    tone: str = ""


TONES = {
    Status.ACTIVATION_PENDING: "warn",
    Status.SCHEDULED: "busy",
    Status.PROVISIONING: "busy",
    Status.ACTIVE: "good",
    Status.DECLINED: "bad",
    Status.FAILED: "bad",
}
STATES: dict[str, Words] = {
    INACTIVE: Words("Available"),
    **{status: Words(label, TONES.get(status, "")) for status, label in STATUSES.items()},
}

# For a request that a later one has extended.
EXTENDED = Words("Extended", "good")

AFTER_REVIEW_TONES = {
    AfterReviewState.OPEN: "warn",
    AfterReviewState.JUSTIFIED: "good",
    AfterReviewState.NOT_JUSTIFIED: "bad",
}
AFTER_REVIEWS = {
    str(state): Words(AFTER_REVIEW_STATES[state], tone)
    for state, tone in AFTER_REVIEW_TONES.items()
}
OVERDUE = Words(OVERDUE_REVIEW, "bad")

_QUOTED = r'"([^"\\]*)"'
_TERM = re.compile(
    rf"resource\.(name|type|service) == {_QUOTED}"
    rf"|resource\.name\.(startsWith|endsWith)\({_QUOTED}\)"
)
_TERMS = re.compile(rf"(?:{_TERM.pattern})(?: && (?:{_TERM.pattern}))*")
_PHRASES = {
    "name": "named “{}”",
    "type": "of type {}",
    "service": "of {}",
    "startsWith": "whose name starts with “{}”",
    "endsWith": "whose name ends with “{}”",
}


def short_role(role: str) -> str:
    """Return `compute.admin` for `roles/compute.admin`, and the last part of a custom role's name."""
    return role.rpartition("roles/")[2] or role


def condition_summary(condition: str) -> str:
    """Return a phrase for a common resource condition, or the beginning of any other."""
    condition = visible(condition)
    if _TERMS.fullmatch(condition):
        phrases = [
            _PHRASES[compared or called].format(value or argument)
            for compared, value, called, argument in _TERM.findall(condition)
        ]
        return f"Only resources {' and '.join(phrases)}"
    if len(condition) > LONGEST_SUMMARY:
        return f"Only where {condition[:LONGEST_SUMMARY].rstrip()} …"
    return f"Only where {condition}"
