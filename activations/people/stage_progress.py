"""How far the approval of a request is, for pages, API, lists and messages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from activations.domain.requirement_words import principals_in_words
from activations.domain.states import Decision
from activations.models import Request, Review
from policies.services.active import UnusablePolicy, kept_approval

if TYPE_CHECKING:
    from policies.document.shape import Approval


@dataclass(frozen=True, slots=True)
class StageProgress:
    """A stage of the rule that the request was made under, and the approvals in it that count."""

    number: int
    approvers: tuple[str, ...]
    needed: int
    by: tuple[Review, ...]

    @property
    def missing(self) -> int:
        return max(self.needed - len(self.by), 0)


def stages_of(
    request: Request, reviews: Iterable[Review] | None = None
) -> tuple[StageProgress, ...]:
    """Return the stages of a request, first to last; none for a rule without stages.

    Uses prefetched `reviews`, unless they are given. None either when this version cannot read the rule;
    decisions are refused then.
    """
    approval = kept_for(request)
    if approval is None:
        return ()
    given = request.reviews.all() if reviews is None else reviews
    found = sorted(given, key=lambda one: (one.decided_at, one.pk))
    counted = [one for one in found if one.decision == Decision.APPROVED and not one.void_at]
    return tuple(
        StageProgress(
            number,
            stage.approvers,
            stage.count,
            tuple(one for one in counted if one.stage == number),
        )
        for number, stage in enumerate(approval.stages, start=1)
    )


def kept_for(request: Request) -> Approval | None:
    """Return the stages, reminder and escalation that the request was made under; None if there are none.

    None either when this version cannot read them.
    """
    if not request.stage:
        return None
    try:
        return kept_approval(sha256=request.policy_sha256, rule=request.rule)
    except UnusablePolicy:
        return None


def missing_in_words(stages: Iterable[StageProgress]) -> str:
    """Return which approvals are missing, such as `1 more approval by leads@example.com`; '' if none is."""
    return ", then ".join(_missing_in_words(stage) for stage in stages if stage.missing)


def _missing_in_words(stage: StageProgress) -> str:
    more = " more" if stage.by else ""
    noun = "approval" if stage.missing == 1 else "approvals"
    return f"{stage.missing}{more} {noun} by {principals_in_words(stage.approvers)}"


def least_approved(request: Request) -> int:
    """Return the fewest minutes that anybody has approved so far, at most those that were requested."""
    given = [one.minutes for one in request.reviews.all() if one.minutes and not one.void_at]
    return min([request.minutes, *given])
