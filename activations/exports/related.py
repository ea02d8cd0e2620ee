"""What other rows say about a request: its approvals, its reviewers, and the last verification of the evidence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F

from activations.domain.chain import timestamp
from activations.domain.states import Decision
from activations.exports.among import Among
from activations.models import Request, Review, Reviewer, RowDifference, VerificationRun


@dataclass(slots=True)
class Related:
    """The facts about one request; addresses, times and comments of its approvals are in their order."""

    approved_by: Sequence[str] = ()
    approved_at: Sequence[datetime] = ()
    approval_comments: Sequence[str] = ()
    reviewers_asked: Sequence[str] = ()
    # What the last verification found; None when it did not examine the request.
    differences: Sequence[RowDifference] | None = None
    verified_at: datetime | None = None
    # Why a row without a difference need not match its events; '' when all were compared and all differences stored.
    doubt: str = ""

    def differs(self, *, table: str = "", key: str = "") -> str:
        """Return whether the rows differ from their events, and when that was found; '' when not examined.

        Without `table`, all rows of the request count. `unknown` when the verification was incomplete and found nothing here.
        """
        if self.differences is None or self.verified_at is None:
            return ""
        found = [
            str(one)
            for one in self.differences
            if not table or (one.table, one.key) == (table, key)
        ]
        if self.doubt and not found:
            return f"unknown (the verification of {timestamp(self.verified_at)} {self.doubt})"
        return f"{'; '.join(found) or 'no'} (verified {timestamp(self.verified_at)})"


NOTHING = Related()


def related(request: Request) -> Related:
    """Return what `relate` found for this request; nothing before that."""
    found: Related = getattr(request, "related", NOTHING)
    return found


def relate(requests: Iterable[Request]) -> None:
    """Fill in what `related` returns, for many requests; takes two to five queries, or one without approvals."""
    by_id = relate_approvals(requests)
    found = {key: related(rows[0]) for key, rows in by_id.items()}
    _add_reviewers(_reviewed(by_id, found))
    _add_verification(found, by_id)


def relate_approvals(requests: Iterable[Request]) -> Mapping[UUID, Sequence[Request]]:
    """Fill in the approvals only, which takes one query. Return the requests by their id."""
    by_id = defaultdict(list)
    for request in requests:
        by_id[request.pk].append(request)
    found = {key: Related() for key in by_id}
    _add_approvals(_reviewed(by_id, found))
    for key, rows in by_id.items():
        for row in rows:
            row.related = found[key]  # type: ignore[attr-defined]  # read by `related`
    return by_id


def _reviewed(
    requests: Mapping[UUID, Sequence[Request]], found: Mapping[UUID, Related]
) -> Mapping[UUID, Related]:
    """Return those of requests that reviewers can have been asked about."""
    return {key: one for key, one in found.items() if requests[key][0].needs_approval}


def _add_approvals(found: Mapping[UUID, Related]) -> None:
    if not found:
        return
    among = Among(F("request_id"), list(found))
    approvals = Review.objects.filter(among, decision=Decision.APPROVED, void_at=None)
    # In the order that can be read from the events, too.
    for review in sorted(approvals, key=lambda one: (one.decided_at, one.reviewer_email)):
        one = found[review.request_id]
        one.approved_by = (*one.approved_by, review.given_by)
        one.approved_at = (*one.approved_at, review.decided_at)
        one.approval_comments = (*one.approval_comments, review.comment)


def _add_reviewers(found: Mapping[UUID, Related]) -> None:
    if not found:
        return
    reviewers = Reviewer.objects.filter(Among(F("request_id"), list(found))).order_by("email")
    for key, email in reviewers.values_list("request_id", "email").distinct():
        found[key].reviewers_asked = (*found[key].reviewers_asked, email)


def _add_verification(
    found: Mapping[UUID, Related], requests: Mapping[UUID, Sequence[Request]]
) -> None:
    run = VerificationRun.objects.order_by("-pk").first()
    if run is None:
        return
    doubt = _doubt(run)
    for key, one in found.items():
        if requests[key][0].requested_at < run.started_at:
            one.differences, one.verified_at, one.doubt = (), run.started_at, doubt
    if not run.differences:
        return
    among = Among(F("request_key"), [str(key) for key in found])
    wrong = RowDifference.objects.filter(among, run=run)
    for difference in wrong.order_by("pk"):
        one = found[UUID(difference.request_key)]
        if one.differences is not None:
            one.differences = (*one.differences, difference)


def _doubt(run: VerificationRun) -> str:
    """Return why rows without a stored difference need not match their events, or ''."""
    if run.problem:
        # Rows are compared only up to the event at which the chain stops being valid.
        return "found that the chain is not valid"
    if run.differences and run.differences > RowDifference.objects.filter(run=run).count():
        return "found more differences than it stored"
    return ""


def joined(values: Iterable[Any]) -> list[Any]:
    """Return the values that are not empty, each once, in their order."""
    return list(dict.fromkeys(value for value in values if value not in {None, ""}))
