"""The shape of an after-review in answers about its request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from activations.models import AfterReview


@dataclass(frozen=True, slots=True)
class Reviewer:
    """The person who judged, by address."""

    email: str


@dataclass(frozen=True, slots=True)
class AfterReviewAnswer:
    """The review of break-glass access: `open`, `justified` or `not_justified`."""

    state: str
    opened_at: datetime
    due_at: datetime
    reviewer: Reviewer | None
    comment: str | None
    judged_at: datetime | None

    @classmethod
    def of(cls, review: AfterReview) -> AfterReviewAnswer:
        return cls(
            state=review.state,
            opened_at=review.opened_at,
            due_at=review.due_at,
            reviewer=Reviewer(review.reviewer_email) if review.reviewer_email else None,
            comment=review.comment or None,
            judged_at=review.judged_at,
        )
