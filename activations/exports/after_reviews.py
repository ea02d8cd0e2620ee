"""The export of after-reviews: one row per use of break glass that granted access."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Prefetch, QuerySet

from activations.exports.columns import Column, Layout
from activations.exports.last_event import last_event
from activations.models import AfterReview, Grant

GRANTS_IN_ORDER = Prefetch(
    "request__grants", queryset=Grant.objects.order_by("role", "resource_condition")
)


def after_review_rows(reviews: QuerySet[AfterReview]) -> QuerySet[AfterReview]:
    """Return the after-reviews oldest first, with everything that the columns need."""
    return (
        reviews.order_by("opened_at", "id")
        .select_related("request__beneficiary", "reviewer")
        .prefetch_related(None)
        .prefetch_related(GRANTS_IN_ORDER)
        .annotate(**last_event("request", key="request_id", kinds="after_review."))
    )


def granted_roles(review: AfterReview) -> list[str]:
    """Return the roles that were activated, each once."""
    return list(dict.fromkeys(grant.role for grant in review.request.grants.all()))


def outcome(review: AfterReview, as_of: datetime) -> str:
    """Return the state, or `overdue` for one that is open for too long."""
    return "overdue" if review.is_overdue(as_of) else str(review.state)


AFTER_REVIEWS: Layout[AfterReview] = Layout(
    "after_reviews",
    1,
    (
        Column("activation_id", "as in logs and API", lambda r, _: r.request.activation_id),
        Column("request_id", "the request with break glass", lambda r, _: r.request_id),
        Column("person_subject", "stable id", lambda r, _: r.request.beneficiary_subject),
        Column("person_email", "address at that time", lambda r, _: r.request.beneficiary_email),
        Column("project_id", "project", lambda r, _: r.request.project_id),
        Column("roles", "activated", lambda r, _: granted_roles(r)),
        Column("justification", "verbatim", lambda r, _: r.request.justification),
        Column("ticket", "as typed", lambda r, _: r.request.ticket),
        Column("rule", "of the access policy", lambda r, _: r.request.granted_rule),
        Column("policy_sha256", "access policy", lambda r, _: r.request.granted_policy_sha256),
        Column("requested_at", "asked", lambda r, _: r.request.requested_at),
        Column("opened_at", "access was granted", lambda r, _: r.opened_at),
        Column("due_at", "to be judged by", lambda r, _: r.due_at),
        Column("asked", "who could judge when it was opened", lambda r, _: r.asked),
        Column("state", "open, justified or not_justified", lambda r, _: r.state),
        Column("outcome", "as of the export; overdue if late", outcome),
        Column(
            "reviewer_subject", "stable id", lambda r, _: r.reviewer.subject if r.reviewer else ""
        ),
        Column("reviewer_email", "address at that time", lambda r, _: r.reviewer_email),
        Column("comment", "verbatim", lambda r, _: r.comment),
        Column("judged_at", "judged", lambda r, _: r.judged_at),
        Column("event_sequence", "last", lambda r, _: getattr(r, "last_event_sequence", None)),
        Column("event_hash", "of that event", lambda r, _: getattr(r, "last_event_hash", None)),
    ),
)
