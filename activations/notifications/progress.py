"""How far the approval of a request is: what each stage of its rule needs, and what was given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from activations.domain.states import Decision
from activations.models import Request, Review
from policies.document.fields import PEERS
from policies.services.active import UnusablePolicy, kept_approval


@dataclass(frozen=True, slots=True)
class StageProgress:
    """One stage; `approvers` are the principals of the rule, such as `peers` or `group:…`."""

    approvers: tuple[str, ...]
    needed: int
    given: int

    @property
    def missing(self) -> int:
        return max(0, self.needed - self.given)

    @property
    def sentence(self) -> str:
        """What is missing, such as `1 more approval by leads@example.com`."""
        more = " more" if self.given else ""
        noun = "approval" if self.missing == 1 else "approvals"
        return f"{self.missing}{more} {noun} by {in_words(self.approvers)}"


@dataclass(frozen=True, slots=True)
class Progress:
    """The stages in their order, and the addresses of those who approved, in the order of approving.

    `escalation` are the principals who may approve as well after the escalation of a stage.
    """

    stages: tuple[StageProgress, ...]
    approvers: tuple[str, ...]
    escalation: tuple[str, ...] = ()

    def at(self, stage: int) -> StageProgress:
        """Return a stage by its number, which counts from 1."""
        return self.stages[stage - 1]

    @property
    def missing(self) -> str:
        """What is still missing, in the order of the stages; '' when nothing is."""
        return ", then ".join(stage.sentence for stage in self.stages if stage.missing)


def progress_of(request: Request) -> Progress | None:
    """Return how far a request is; None when its rule has no stages or cannot be read."""
    if not request.stage:
        return None
    try:
        kept = kept_approval(sha256=request.policy_sha256, rule=request.rule)
    except UnusablePolicy:
        return None  # a message must not prevent the change that it reports
    if kept is None or len(kept.stages) < request.stage:
        return None
    reviews = approvals_of(request)
    given = Counter(review.stage for review in reviews)
    stages = (
        StageProgress(stage.approvers, stage.count, given[number])
        for number, stage in enumerate(kept.stages, start=1)
    )
    return Progress(
        stages=tuple(stages),
        approvers=tuple(review.reviewer_email for review in reviews),
        escalation=kept.escalate.to if kept.escalate else (),
    )


def approvals_of(request: Request) -> Sequence[Review]:
    """Return the approvals that count, in the order of approving."""
    counting = request.reviews.filter(decision=Decision.APPROVED, void_at=None)
    return list(counting.select_related("reviewer").order_by("decided_at", "pk"))


def in_words(principals: Sequence[str]) -> str:
    """Return principals as people read them, such as `peers or leads@example.com`."""
    return " or ".join(one if one == PEERS else one.partition(":")[2] for one in principals)
