"""Steps in the life of a version, as the evidence records them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from policies.models import PolicyProposal
from policies.services.refusals import PolicyRefused

LONGEST_COMMENT = 1000


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts: the e-mail address, and the stable id that IAP tells; no id for the command line."""

    email: str
    subject: str = ""

    def is_same_as(self, email: str, subject: str) -> bool:
        """Whether it is the same person, also under another address."""
        is_same_account = bool(self.subject) and self.subject == subject
        return is_same_account or self.email.lower() == email.lower()


@dataclass(frozen=True, slots=True)
class PolicyStep:
    """What happened: `policy.proposed`, `policy.activated`, `policy.rejected` or `policy.imported`.

    `details` holds the number of proposal and version, their hashes, and whether a second person
    decided; only values of JSON.
    """

    kind: str
    at: datetime
    person: Person
    comment: str = ""
    details: dict[str, Any] = field(default_factory=dict)


Record = Callable[[PolicyStep], None]


def step(kind: str, proposal: PolicyProposal, person: Person, at: datetime) -> PolicyStep:
    """Return a step about a proposal."""
    comment = proposal.comment if kind == "policy.proposed" else proposal.decision_comment
    details = {
        "proposal": proposal.pk,
        "version": proposal.version_id,
        "sha256": proposal.version.sha256,
        "base_version": proposal.base_id,
        "base_sha256": proposal.base.sha256 if proposal.base else "",
        "second_person": proposal.was_second_person,
        "as_deployment": proposal.as_deployment,
    }
    return PolicyStep(kind, at, person, comment, details)


def checked_comment(comment: str, *, is_required: bool = False) -> str:
    """Return the comment, trimmed.

    :raises PolicyRefused: when it is too long, or missing where it is required.
    """
    text = comment.strip()
    if is_required and not text:
        raise PolicyRefused("Enter a comment that says why")
    if len(text) > LONGEST_COMMENT:
        raise PolicyRefused(f"The comment must have at most {LONGEST_COMMENT} characters")
    return text
