"""The possible reviewers of a request, for the form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

from activations.domain.requirement_words import stages_in_words
from activations.domain.rules import Limits
from activations.iam.dependencies import current_limits
from activations.models import User
from activations.services.peers import Asking, possible_reviewers
from eligibility.entitlements import ProjectRole
from policies.rules.requirements import ApprovalStage, ApprovalTerms, BreakGlassTerms, Terms


@dataclass(frozen=True, slots=True)
class Offer:
    """One possible reviewer."""

    email: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class ReviewerChoice:
    """The possible reviewers, peers and managers, and how many of them to choose."""

    peers: tuple[Offer, ...]
    managers: tuple[Offer, ...]
    gone: tuple[str, ...]
    warnings: tuple[str, ...]
    fewest: int
    most: int
    terms: Terms
    approval: ApprovalTerms | None = None
    break_glass: BreakGlassTerms | None = None

    @property
    def stages(self) -> tuple[ApprovalStage, ...]:
        return self.approval.stages if self.approval else ()

    @property
    def needed(self) -> str:
        """What the stages demand, in words."""
        return stages_in_words(self.stages)

    @property
    def total(self) -> int:
        return len(self.peers) + len(self.managers)

    @property
    def is_possible(self) -> bool:
        """Whether there are enough possible reviewers."""
        return self.total >= max(self.fewest, 1)

    @property
    def may_choose_all(self) -> bool:
        return 1 < self.total <= self.most

    @property
    def rule(self) -> str:
        """A sentence about how many to choose, and how many approvals are needed."""
        if self.stages:
            return (
                f"Needed: {self.needed}. You may choose up to {self.most} people to notify. If you choose"
                " nobody, all who may approve first are notified."
            )
        least = "one or more" if self.fewest <= 1 else f"at least {self.fewest}"
        upper = f", at most {self.most}" if self.total > self.most else ""
        return f"Choose {least}{upper}. All of them are notified. One approval is enough."


def reviewer_choice(*, user: User, role: ProjectRole, chosen: Sequence[str]) -> ReviewerChoice:
    """Return all possible reviewers, with those that were chosen before.

    :raises NotEligible: when the person may not request the role.
    :raises googlecloud.errors.GoogleCloudError: when Google fails.
    """
    found = possible_reviewers(user=user, role=role, now=timezone.now())
    return _choice(found, chosen, current_limits())


def _choice(asking: Asking, chosen: Sequence[str], limits: Limits) -> ReviewerChoice:
    found, stages = asking.reviewers, asking.required.stages
    wanted = {email.strip().lower() for email in chosen}
    everybody = [*found.peers, *found.managers]
    # If all of them are required, choose them in advance.
    is_clear = not stages and len(everybody) == max(limits.min_reviewers, 1)

    def offers(emails: Sequence[str]) -> tuple[Offer, ...]:
        return tuple(Offer(email, is_clear or email in wanted) for email in emails)

    return ReviewerChoice(
        peers=offers(found.peers),
        managers=offers(found.managers),
        gone=tuple(sorted(wanted.difference(everybody))),
        warnings=found.warnings,
        fewest=0 if stages else max(limits.min_reviewers, 1),
        most=limits.max_reviewers,
        terms=asking.required.ruling.terms,
        approval=asking.required.approval,
        break_glass=asking.break_glass,
    )
