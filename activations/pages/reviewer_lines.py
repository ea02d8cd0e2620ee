"""The reviewers of a request with their decisions, and the stages of its approval, for its page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from activations.domain.labels import PARTS
from activations.domain.requirement_words import principals_in_words
from activations.models import Request, Review, Reviewer, User
from activations.pages.stage_words import (
    decision_of,
    minutes_of,
    stage_in_words,
    why_void,
)
from activations.pages.wording import Words
from activations.people.stage_progress import (
    StageProgress,
    kept_for,
    missing_in_words,
    stages_of,
)


@dataclass(frozen=True, slots=True)
class ReviewerLine:
    """One reviewer as the page shows them; `minutes` are those that they approved instead of what was asked."""

    email: str
    part: str
    is_viewer: bool
    stage: int = 1
    decision: Words | None = None
    comment: str = ""
    at: datetime | None = None
    on_behalf_of: str = ""
    minutes: str = ""
    void_at: datetime | None = None
    why_void: str = ""


@dataclass(frozen=True, slots=True)
class StageLine:
    """One stage of the approval with its reviewers.

    `missing` is what it waits for, and `escalated_to` who may approve as well; both are '' unless it is open.
    """

    number: int
    words: str
    state: Words
    needed_more: int
    missing: str
    escalated_to: str
    reviewers: tuple[ReviewerLine, ...]


def reviewer_lines(request: Request, *, viewer: User) -> list[ReviewerLine]:
    """Return all reviews, the earliest first, and then the reviewers who were notified and did not decide.

    In stages many people may be able to approve; of those who were not notified, only the viewer is shown.
    """
    reviews = sorted(request.reviews.all(), key=lambda one: (one.decided_at, one.pk))
    asked = sorted(request.reviewers.all(), key=lambda one: (one.stage, one.email))
    decided = [_decided(one, asked, viewer) for one in reviews]
    return decided + [
        ReviewerLine(one.email, PARTS.get(one.part, one.part), one.is_(viewer), one.stage)
        for one in asked
        if (one.is_notified or one.is_(viewer)) and not any(_is_by(one, each) for each in reviews)
    ]


def stage_lines(
    request: Request, reviewers: Iterable[ReviewerLine], *, is_pending: bool
) -> list[StageLine]:
    """Return the stages of a request with these reviewers; none for a rule without stages."""
    stages = stages_of(request)
    opened = next((one.number for one in stages if one.missing), 0) if is_pending else 0
    lines = list(reviewers)
    return [
        StageLine(
            one.number,
            stage_in_words(one),
            _state(one, opened, is_pending=is_pending),
            one.missing,
            missing_in_words([one]) if one.number == opened else "",
            _escalated_to(request) if one.number == opened else "",
            tuple(
                line
                for line in lines
                # Once a stage is complete, those who did not answer do not matter.
                if line.stage == one.number and (line.decision or one.missing)
            ),
        )
        for one in stages
    ]


def _escalated_to(request: Request) -> str:
    kept = kept_for(request) if request.escalated_at else None
    return principals_in_words(kept.escalate.to) if kept and kept.escalate else ""


def _state(stage: StageProgress, opened: int, *, is_pending: bool) -> Words:
    if not stage.missing:
        return Words("Complete", "good")
    if not is_pending:
        return Words("Not completed")
    return Words("Waiting", "warn") if stage.number == opened else Words("Not open yet")


def _is_by(asked: Reviewer, review: Review) -> bool:
    """Return whether this reviewer decided, under this or another address, or their deputy for them."""
    return asked.user_id == review.reviewer_id or asked.email in {
        review.reviewer_email,
        review.on_behalf_of,
    }


def _decided(review: Review, asked: Iterable[Reviewer], viewer: User) -> ReviewerLine:
    """Return the line of a decision, with the address under which the person was asked."""
    row = next((one for one in asked if one.user_id == review.reviewer_id), None)
    return ReviewerLine(
        row.email if row else review.reviewer_email,
        PARTS.get(review.part, review.part),
        review.reviewer_id == viewer.pk,
        review.stage,
        decision=decision_of(review),
        comment=review.comment,
        at=review.decided_at,
        on_behalf_of=review.on_behalf_of,
        minutes=minutes_of(review),
        void_at=review.void_at,
        why_void=why_void(review),
    )
