"""The export of requests: one row per request, including those without a grant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Prefetch, QuerySet

from activations.exports.access_ends import HELD, access_end_of, fill_in_access_ends
from activations.exports.columns import Column, Layout
from activations.exports.grants import ended_by
from activations.exports.last_event import last_event
from activations.exports.related import joined, relate, related
from activations.models import Grant, Request

GRANTS_IN_ORDER = Prefetch("grants", queryset=Grant.objects.order_by("role", "resource_condition"))


def request_rows(requests: QuerySet[Request]) -> QuerySet[Request]:
    """Return the requests oldest first, with everything that the columns need."""
    return (
        requests.order_by("requested_at", "id")
        .select_related("beneficiary", "extends")
        .prefetch_related(None)
        .prefetch_related(GRANTS_IN_ORDER)
        .annotate(**last_event("request"))
    )


def roles_of(request: Request) -> list[str]:
    """Return the roles of the grants, or else the requested role."""
    granted = [grant.role for grant in request.grants.all()]
    return granted or ([request.role] if request.role else [])


def first_start(request: Request, _: datetime) -> datetime | None:
    """Return when the first of its grants started."""
    return min((grant.start_time for grant in request.grants.all()), default=None)


def last_end(request: Request, _: datetime) -> datetime | None:
    """Return the latest planned end of its grants."""
    return max((grant.end_time for grant in request.grants.all()), default=None)


def failures(request: Request, _: datetime) -> list[str]:
    """Return the error messages of the grants that failed."""
    return [grant.failure for grant in request.grants.all() if grant.failure]


def ended_by_of(request: Request, _: datetime) -> list[str]:
    """Return who ended grants of it before their time."""
    return joined(ended_by(grant) for grant in request.grants.all())


def access_end(request: Request, _: datetime) -> datetime | None:
    """Return when the last access ended to which it belongs; None while one is active."""
    held = [grant for grant in request.grants.all() if grant.state in HELD]
    ends = [end for grant in held if (end := access_end_of(grant))]
    return max(ends) if held and len(ends) == len(held) else None


def prepare_requests(requests: Sequence[Request], as_of: datetime) -> None:
    """Fill in what the columns read from other rows."""
    relate(requests)
    grants = [grant for request in requests for grant in request.grants.all()]
    fill_in_access_ends(grants, as_of)


REQUESTS: Layout[Request] = Layout(
    "requests",
    3,
    (
        Column("activation_id", "as in logs and API", lambda r, _: r.activation_id),
        Column("request_id", "this row", lambda r, _: r.id),
        Column("parent_id", "the request that this extends", lambda r, _: r.parent_id),
        Column("person_subject", "stable id", lambda r, _: r.beneficiary_subject),
        Column("person_email", "address at that time", lambda r, _: r.beneficiary_email),
        Column("device_id", "device, from IAP", lambda r, _: r.device_id),
        Column("access_levels", "satisfied, from IAP", lambda r, _: r.access_levels),
        Column("origin_address", "IP address", lambda r, _: r.address),
        Column("channel", "web or API", lambda r, _: r.channel),
        Column("project_id", "project", lambda r, _: r.project_id),
        Column("roles", "requested or granted", lambda r, _: roles_of(r)),
        Column("resource_condition", "requested", lambda r, _: r.resource_condition),
        Column("grant_ids", "one for each role", lambda r, _: [g.id for g in r.grants.all()]),
        Column("activation_type", "JIT or MPA", lambda r, _: r.activation_type),
        Column("justification", "verbatim", lambda r, _: r.justification),
        Column("requested_minutes", "requested", lambda r, _: r.minutes),
        Column("requested_at", "asked", lambda r, _: r.requested_at),
        Column("expires_at", "expires if nobody reviews it", lambda r, _: r.expires_at),
        Column("decided_at", "approved or declined", lambda r, _: r.decided_at),
        Column("start", "first start of a grant", first_start),
        Column("planned_end", "last planned end", last_end),
        Column("state", "of the request itself", lambda r, _: r.state),
        Column("outcome", "as of the export", lambda r, as_of: r.status(as_of).value),
        Column("failures", "Google's error messages", failures),
        Column("trace", "in the logs", lambda r, _: r.trace),
        Column("event_sequence", "last", lambda r, _: getattr(r, "last_event_sequence", None)),
        Column("event_hash", "of that event", lambda r, _: getattr(r, "last_event_hash", None)),
        Column("ticket", "as typed", lambda r, _: r.ticket),
        Column("ticket_url", "address of the ticket", lambda r, _: r.ticket_url),
        Column("rule", "of the access policy, when asked", lambda r, _: r.rule),
        Column("policy_sha256", "access policy, when asked", lambda r, _: r.policy_sha256),
        Column("granted_rule", "the same, when granted", lambda r, _: r.granted_rule),
        Column("granted_policy_sha256", "when granted", lambda r, _: r.granted_policy_sha256),
        Column(
            "approved_by", "empty: nobody, or self-approved", lambda r, _: related(r).approved_by
        ),
        Column("approved_at", "one for each approval", lambda r, _: related(r).approved_at),
        Column("approval_comments", "one for each", lambda r, _: related(r).approval_comments),
        Column("reviewers_asked", "of this request", lambda r, _: related(r).reviewers_asked),
        Column("ended_by", "who ended grants early", ended_by_of),
        Column("access_end", "last end, with extensions; empty while active", access_end),
        Column("break_glass", "whether it was an emergency", lambda r, _: r.break_glass),
        Column(
            "differs_from_events",
            "by the last verification; empty: not verified",
            lambda r, _: related(r).differs(),
        ),
        Column("start_at", "later start that was asked for", lambda r, _: r.start_at),
    ),
    prepare=prepare_requests,
)
