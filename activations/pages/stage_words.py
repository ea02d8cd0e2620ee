"""How far the approval of a request is, and what its reviewers decided, in words of pages and admin site."""

from __future__ import annotations

from collections.abc import Sequence

from activations.domain.requirement_words import principals_in_words
from activations.domain.states import Decision
from activations.domain.text import minutes_in_words
from activations.models import Review
from activations.pages.wording import Words
from activations.people.stage_progress import StageProgress

DECISIONS = {
    Decision.APPROVED.value: Words("Approved", "good"),
    Decision.DECLINED.value: Words("Declined", "bad"),
}
VOID = Words("Does not count any more", "bad")


def stage_in_words(stage: StageProgress) -> str:
    """Return how far a stage is, such as `1 of 2 approvals by leads@example.com`."""
    noun = "approval" if stage.needed == 1 else "approvals"
    return f"{len(stage.by)} of {stage.needed} {noun} by {principals_in_words(stage.approvers)}"


def progress_in_words(stages: Sequence[StageProgress]) -> str:
    """Return how far all stages are, in one sentence without a full stop.

    Such as `1 of 2 approvals by leads@example.com, then 1 by security@example.com`.
    """
    opened = next((stage.number for stage in stages if stage.missing), len(stages))
    return ", then ".join(
        stage_in_words(stage)
        if stage.number <= opened
        else f"{stage.needed} by {principals_in_words(stage.approvers)}"
        for stage in stages
    )


def decision_of(review: Review) -> Words:
    """Return what was decided, and whether it still counts."""
    return VOID if review.void_at else DECISIONS[review.decision]


def minutes_of(review: Review) -> str:
    """Return the duration that this person approved instead of what was asked; '' if they did not."""
    return f"for at most {minutes_in_words(review.minutes)}" if review.minutes else ""


def why_void(review: Review) -> str:
    """Return why an approval does not count any more; '' when it does."""
    if not review.void_at:
        return ""
    return f"{review.on_behalf_of or review.reviewer_email} may no longer approve this request."
