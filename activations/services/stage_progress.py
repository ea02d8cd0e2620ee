"""How far the approval of a request is, for pages, API and lists."""

from __future__ import annotations

from dataclasses import dataclass

from activations.domain.states import Decision
from activations.models import Request, Review
from activations.services.access_rules import rule_of
from policies.services.active import UnusablePolicy


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


def stages_of(request: Request) -> tuple[StageProgress, ...]:
    """Return the stages of a request, first to last; none for a rule without stages. Uses prefetched `reviews`.

    None either when this version cannot read the rule; decisions are refused then.
    """
    if not request.stage:
        return ()
    try:
        approval = rule_of(request).approval
    except UnusablePolicy:
        return ()
    found = sorted(request.reviews.all(), key=lambda one: (one.decided_at, one.pk))
    counted = [one for one in found if one.decision == Decision.APPROVED and not one.void_at]
    return tuple(
        StageProgress(
            number,
            stage.approvers,
            stage.count,
            tuple(one for one in counted if one.stage == number),
        )
        for number, stage in enumerate(approval.stages if approval else (), start=1)
    )
