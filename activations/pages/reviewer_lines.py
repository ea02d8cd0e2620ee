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
VOID = Words("Does not count any more", "bad")


@dataclass(frozen=True, slots=True)
class ReviewerLine:
    """One reviewer as the page shows them."""

    email: str
    part: str
    is_viewer: bool
    decision: Words | None = None
    comment: str = ""
    at: datetime | None = None


def reviewer_lines(request: Request, *, viewer: User) -> list[ReviewerLine]:
    """Return the reviewers who were notified and those who decided, the latter first.

    In stages many people may be able to approve; of those who were not notified, only the viewer is shown.
    """
    reviews = list(request.reviews.all())
    found: dict[str, ReviewerLine] = {}
    for one in request.reviewers.all():
        # The reviewer may have been renamed since they were asked.
        review = next((review for review in reviews if _is_by(one, review)), None)
        is_viewer = one.is_(viewer)
        if review or one.is_notified or is_viewer:
            given_by = review.given_by if review else one.email
            found[one.email] = _line(given_by, one.part, review, viewer=is_viewer)
            reviews = [other for other in reviews if other is not review]
    for review in reviews:
        email, is_viewer = review.reviewer_email, review.reviewer_id == viewer.pk
        found[email] = _line(review.given_by, review.part, review, viewer=is_viewer)
    return sorted(found.values(), key=lambda line: (line.decision is None, line.email))


def _is_by(asked: Reviewer, review: Review) -> bool:
    """Return whether this reviewer made the decision."""
    if asked.stage != review.stage:
        return False
    return asked.user_id == review.reviewer_id or asked.email == review.reviewer_email


def _line(email: str, part: str, review: Review | None, *, viewer: bool) -> ReviewerLine:
    words = PARTS.get(part, part)
    if review is None:
        return ReviewerLine(email, words, viewer)
    return ReviewerLine(
        email,
        words,
        viewer,
        decision=VOID if review.void_at else DECISIONS[review.decision],
        comment=review.comment,
        at=review.decided_at,
    )
