"""A finding: what is wrong with one binding, where, and the command that fixes it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What is wrong, the most urgent first."""

    REALLY_GRANTS = "really_grants"
    NEAR_MISS = "near_miss"
    BOTH_MARKERS = "both_markers"
    ENDED = "ended"
    NOT_BEGUN = "not_begun"
    TOO_COMPLEX = "too_complex"
    ROLE_WITHOUT_CONDITIONS = "role_without_conditions"
    NOT_GRANTABLE = "not_grantable"
    NO_REVIEWER = "no_reviewer"
    UNREADABLE_GROUP = "unreadable_group"
    NEVER_ELIGIBLE = "never_eligible"
    SERVICE_ACCOUNT = "service_account"
    SUSPENDED = "suspended"


LABELS = {
    Kind.REALLY_GRANTS: "Grants without activation",
    Kind.NEAR_MISS: "Marker does not count",
    Kind.BOTH_MARKERS: "Both markers",
    Kind.ENDED: "Eligibility ended",
    Kind.NOT_BEGUN: "Eligibility not begun",
    Kind.TOO_COMPLEX: "Condition too large",
    Kind.ROLE_WITHOUT_CONDITIONS: "Role without conditions",
    Kind.NOT_GRANTABLE: "Role cannot be granted here",
    Kind.NO_REVIEWER: "No reviewer",
    Kind.UNREADABLE_GROUP: "Group cannot be read",
    Kind.NEVER_ELIGIBLE: "Member is never eligible",
    Kind.SERVICE_ACCOUNT: "Service account",
    Kind.SUSPENDED: "Account not active",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with one binding.

    `node` is such as `folders/11`; `members` are those concerned; `text` is one or more sentences that
    name the place and the reason. `command` is safe to paste into a POSIX shell, and empty when nothing
    needs to be changed or no command can do it.
    """

    kind: Kind
    node: str
    role: str
    members: tuple[str, ...]
    text: str
    command: str = ""

    @property
    def label(self) -> str:
        return LABELS[self.kind]

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind.value,
            "node": self.node,
            "role": self.role,
            "members": list(self.members),
            "text": self.text,
            "command": self.command,
        }
