"""Tells people daily about break-glass access that nobody judged in time."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from activations.models import AfterReview
from activations.reconciliation.attempts import Piece, one_by_one
from activations.reconciliation.counts import Counts
from activations.services.after_review import tell_overdue
from googlecloud.calls import Deadline

MOST_AT_ONCE = 100


def tell_about_overdue(*, now: datetime, deadline: Deadline, counts: Counts) -> None:
    """Tell those who may judge, each at most once a day; the next run does the rest."""
    due = AfterReview.objects.to_be_told(now).order_by("due_at", "id")
    pieces = [
        Piece(
            review.request.project_id,
            f"Telling about the after-review of {review.request_id}",
            partial(_tell, review, now=now, counts=counts),
        )
        for review in due.select_related("request__beneficiary")[:MOST_AT_ONCE]
    ]
    one_by_one(pieces, deadline=deadline, counts=counts)


def _tell(review: AfterReview, *, now: datetime, counts: Counts) -> None:
    counts.told += tell_overdue(review, now=now)
