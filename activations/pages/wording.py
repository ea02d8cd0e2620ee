"""States, roles and conditions in people's words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from activations.domain.states import EndReason, ReviewerPart, Status
from activations.services.role_list import INACTIVE

LONGEST_SUMMARY = 60


@dataclass(frozen=True, slots=True)
class Words:
    """What people read, and the tone in which the page shows it."""

    words: str
    tone: str = ""


STATES: dict[str, Words] = {
    INACTIVE: Words("Available"),
    Status.ACTIVATION_PENDING: Words("Waiting for approval", "warn"),
    Status.PROVISIONING: Words("Being granted", "busy"),
    Status.ACTIVE: Words("Active", "good"),
    Status.DECLINED: Words("Declined", "bad"),
    Status.WITHDRAWN: Words("Withdrawn"),
    Status.EXPIRED: Words("Expired"),
    Status.ENDED: Words("Ended"),
    Status.FAILED: Words("Failed", "bad"),
}

# A request whose access goes on through a later one that took its place.
EXTENDED = Words("Extended", "good")

ENDINGS: dict[str, str] = {
    EndReason.EXPIRED: "Expired",
    EndReason.HOLDER: "Ended by its holder",
    EndReason.REVOKED: "Revoked by an administrator",
    EndReason.EXTENDED: "Extended by a later request",
    EndReason.DRIFTED: "Somebody removed or changed the binding in Google Cloud",
}
PARTS: dict[str, str] = {
    ReviewerPart.PEER: "Peer, may activate the same role",
    ReviewerPart.MANAGER: "Manager, designated to review",
}

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
    """`compute.admin` for `roles/compute.admin`; the last part of a custom role's name."""
    return role.rpartition("roles/")[2] or role


def condition_summary(condition: str) -> str:
    """A resource condition as a phrase where it is a usual one, else how it begins."""
    if _TERMS.fullmatch(condition):
        phrases = [
            _PHRASES[compared or called].format(value or argument)
            for compared, value, called, argument in _TERM.findall(condition)
        ]
        return f"Only resources {' and '.join(phrases)}"
    if len(condition) > LONGEST_SUMMARY:
        return f"Only where {condition[:LONGEST_SUMMARY].rstrip()} …"
    return f"Only where {condition}"
