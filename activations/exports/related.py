"""What other rows say about a request: its approvals, its reviewers, and the last verification of the evidence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from activations.domain.chain import timestamp
from activations.domain.states import Decision
from activations.models import Request, Review, Reviewer, RowDifference, VerificationRun


@dataclass(slots=True)
class Related:
    """The facts about one request; addresses, times and comments of its approvals are in their order."""

    approved_by: list[str] = field(default_factory=list)
    approved_at: list[datetime] = field(default_factory=list)
    approval_comments: list[str] = field(default_factory=list)
    reviewers_asked: list[str] = field(default_factory=list)
    # What the last verification found; None when it did not examine the request.
    differences: list[RowDifference] | None = None
    verified_at: datetime | None = None

    def differs(self, *, table: str = "", key: str = "") -> str:
        """Return whether the rows differ from their events, and when that was found; '' when not examined.

        Without `table`, all rows of the request count.
        """
        if self.differences is None or self.verified_at is None:
            return ""
        found = [
            str(one)
            for one in self.differences
            if not table or (one.table, one.key) == (table, key)
        ]
        return f"{'; '.join(found) or 'no'} (verified {timestamp(self.verified_at)})"


NOTHING = Related()


def related(request: Request) -> Related:
    """Return what `relate` found for this request; nothing before that."""
    found: Related = getattr(request, "related", NOTHING)
    return found


def relate(requests: Iterable[Request]) -> None:
    """Fill in what `related` returns, for many requests; takes at most four queries."""
    by_id = relate_approvals(requests)
    found = {key: related(rows[0]) for key, rows in by_id.items()}
    _add_reviewers(found)
    _add_verification(found, by_id)


def relate_approvals(requests: Iterable[Request]) -> Mapping[UUID, Sequence[Request]]:
    """Fill in the approvals only, which takes one query. Return the requests by their id."""
    by_id = defaultdict(list)
    for request in requests:
        by_id[request.pk].append(request)
    found = {key: Related() for key in by_id}
    _add_approvals(found)
    for key, rows in by_id.items():
        for row in rows:
            row.related = found[key]  # type: ignore[attr-defined]  # read by `related`
    return by_id


def _add_approvals(found: Mapping[UUID, Related]) -> None:
    approvals = Review.objects.filter(
        request__in=list(found), decision=Decision.APPROVED, void_at=None
    )
    # In the order that can be read from the events, too.
    for review in sorted(approvals, key=lambda one: (one.decided_at, one.reviewer_email)):
        one = found[review.request_id]
        one.approved_by.append(review.given_by)
        one.approved_at.append(review.decided_at)
        one.approval_comments.append(review.comment)


def _add_reviewers(found: Mapping[UUID, Related]) -> None:
    reviewers = Reviewer.objects.filter(request__in=list(found)).order_by("email")
    for key, email in reviewers.values_list("request_id", "email").distinct():
        found[key].reviewers_asked.append(email)


def _add_verification(
    found: Mapping[UUID, Related], requests: Mapping[UUID, Sequence[Request]]
) -> None:
    run = VerificationRun.objects.order_by("-pk").first()
    if run is None:
        return
    for key, one in found.items():
        if requests[key][0].requested_at < run.started_at:
            one.differences, one.verified_at = [], run.started_at
    wrong = RowDifference.objects.filter(run=run, request_key__in=[str(key) for key in found])
    for difference in wrong.order_by("pk"):
        one = found[UUID(difference.request_key)]
        if one.differences is not None:
            one.differences.append(difference)


def joined(values: Iterable[Any]) -> list[Any]:
    """Return the values that are not empty, each once, in their order."""
    return list(dict.fromkeys(value for value in values if value not in {None, ""}))
