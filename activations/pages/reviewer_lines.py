"""Who was asked to review, and who decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from activations.domain.states import Decision
from activations.models import Request, Review
from activations.pages.wording import PARTS, Words

DECISIONS = {
    Decision.APPROVED.value: Words("Approved", "good"),
    Decision.DECLINED.value: Words("Declined", "bad"),
}


@dataclass(frozen=True, slots=True)
class ReviewerLine:
    """One reviewer as the page shows them."""

    email: str
    part: str
    is_viewer: bool
    decision: Words | None = None
    comment: str = ""
    at: datetime | None = None


def review_of(request: Request) -> Review | None:
    """The decision, if there is one."""
    return getattr(request, "review", None)


def reviewer_lines(request: Request, *, viewer: str) -> list[ReviewerLine]:
    """Everybody who was asked, and whoever decided first."""
    parts = {reviewer.email: reviewer.part for reviewer in request.reviewers.all()}
    review = review_of(request)
    if review:
        parts.setdefault(review.reviewer_email, review.part)
    lines = [_line(email, part, review, viewer) for email, part in parts.items()]
    return sorted(lines, key=lambda line: (line.decision is None, line.email))


def _line(email: str, part: str, review: Review | None, viewer: str) -> ReviewerLine:
    words, is_viewer = PARTS.get(part, part), email == viewer
    if review is None or review.reviewer_email != email:
        return ReviewerLine(email, words, is_viewer)
    return ReviewerLine(
        email,
        words,
        is_viewer,
        decision=DECISIONS[review.decision],
        comment=review.comment,
        at=review.decided_at,
    )
