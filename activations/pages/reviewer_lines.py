"""The reviewers of a request and their decision, for its page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from activations.domain.labels import PARTS
from activations.domain.states import Decision
from activations.models import Request, Review, Reviewer, User
from activations.pages.wording import Words

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
    """Return the decision, or None."""
    return request.last_review


def reviewer_lines(request: Request, *, viewer: User) -> list[ReviewerLine]:
    """Return the reviewers who were asked and the one who decided, the latter first."""
    asked = list(request.reviewers.all())
    review = review_of(request)
    # The reviewer may have been renamed since they were asked.
    lines = [_line(one.email, one.part, _by(one, review), viewer=one.is_(viewer)) for one in asked]
    if review and not any(_by(one, review) for one in asked):
        is_viewer = review.reviewer_id == viewer.pk
        lines.append(_line(review.reviewer_email, review.part, review, viewer=is_viewer))
    return sorted(lines, key=lambda line: (line.decision is None, line.email))


def _by(asked: Reviewer, review: Review | None) -> Review | None:
    """Return the decision if this reviewer made it."""
    if review is None:
        return None
    is_same = asked.user_id == review.reviewer_id or asked.email == review.reviewer_email
    return review if is_same else None


def _line(email: str, part: str, review: Review | None, *, viewer: bool) -> ReviewerLine:
    words = PARTS.get(part, part)
    if review is None:
        return ReviewerLine(email, words, viewer)
    return ReviewerLine(
        email,
        words,
        viewer,
        decision=DECISIONS[review.decision],
        comment=review.comment,
        at=review.decided_at,
    )
