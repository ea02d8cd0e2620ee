"""The export of grants: one row per binding that is, or should be, in IAM."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet

from activations.domain.states import EndReason
from activations.exports.access_ends import access_end_of, actual_end, fill_in_access_ends
from activations.exports.columns import Column, Layout
from activations.exports.last_event import last_event
from activations.exports.related import relate, related
from activations.models import Grant

ENDED_BY_PEOPLE = {EndReason.HOLDER, EndReason.REVOKED}


def grant_rows(grants: QuerySet[Grant]) -> QuerySet[Grant]:
    """Return the grants oldest first, with everything that the columns need."""
    return (
        grants.order_by("start_time", "id")
        .select_related("request__beneficiary", "request__extends")
        .annotate(**last_event("grant"))
    )


def ended_by(grant: Grant) -> str:
    """Return who ended it before its time; '' when nobody did."""
    return grant.ending_asked_by if grant.end_reason in ENDED_BY_PEOPLE else ""


def prepare_grants(grants: Sequence[Grant], as_of: datetime) -> None:
    """Fill in what the columns read from other rows."""
    relate(grant.request for grant in grants)
    fill_in_access_ends(grants, as_of)


GRANTS: Layout[Grant] = Layout(
    "grants",
    4,
    (
        Column("activation_id", "as in logs and API", lambda g, _: g.request.activation_id),
        Column("grant_id", "this row", lambda g, _: g.id),
        Column("request_id", "the request it belongs to", lambda g, _: g.request_id),
        Column("parent_id", "the request that this extends", lambda g, _: g.request.parent_id),
        Column("person_subject", "stable id", lambda g, _: g.request.beneficiary_subject),
        Column("person_email", "address at that time", lambda g, _: g.beneficiary_email),
        Column("device_id", "device, from IAP", lambda g, _: g.request.device_id),
        Column("access_levels", "satisfied, from IAP", lambda g, _: g.request.access_levels),
        Column("origin_address", "IP address", lambda g, _: g.request.address),
        Column("channel", "web or API", lambda g, _: g.request.channel),
        Column("project_id", "project", lambda g, _: g.project_id),
        Column("role", "role", lambda g, _: g.role),
        Column("resource_condition", "empty: all resources", lambda g, _: g.resource_condition),
        Column("eligible_by", "principals from member to person", lambda g, _: g.eligible_by),
        Column("eligible_at", "resource with the eligible binding", lambda g, _: g.eligible_at),
        Column("activation_type", "JIT or MPA", lambda g, _: g.request.activation_type),
        Column("justification", "verbatim", lambda g, _: g.request.justification),
        Column("requested_minutes", "requested", lambda g, _: g.request.minutes),
        Column("requested_at", "asked", lambda g, _: g.request.requested_at),
        Column("decided_at", "approved", lambda g, _: g.request.decided_at),
        Column("start", "inclusive", lambda g, _: g.start_time),
        Column("planned_end", "exclusive", lambda g, _: g.end_time),
        Column("binding_end", "of the binding in IAM", lambda g, _: g.binding_end),
        Column("actual_end", "empty while it is active", actual_end),
        Column("written_at", "written to IAM", lambda g, _: g.written_at),
        Column("end_reason", "why it ended", lambda g, as_of: g.reason(as_of)),
        Column("outcome", "as of the export", lambda g, as_of: g.status(as_of).value),
        Column("failure", "Google's error message", lambda g, _: g.failure),
        Column("failure_kind", "category of the failure", lambda g, _: g.failure_kind),
        Column("binding_title", "in IAM", lambda g, _: g.binding_title),
        Column("binding_description", "in IAM", lambda g, _: g.binding_description),
        Column("binding_expression", "in IAM", lambda g, _: g.binding_expression),
        Column("etag_before", "of the policy", lambda g, _: g.etag_before),
        Column("etag_after", "of the policy", lambda g, _: g.etag_after),
        Column("write_attempts", "attempts to write to IAM", lambda g, _: g.write_attempts),
        Column("trace", "in the logs", lambda g, _: g.request.trace),
        Column("event_sequence", "last", lambda g, _: getattr(g, "last_event_sequence", None)),
        Column("event_hash", "of that event", lambda g, _: getattr(g, "last_event_hash", None)),
        Column("removed_at", "seen removed from IAM", lambda g, _: g.removed_at),
        Column("ticket", "as typed", lambda g, _: g.request.ticket),
        Column("rule", "of the access policy, when granted", lambda g, _: g.request.granted_rule),
        Column("policy_sha256", "when granted", lambda g, _: g.request.granted_policy_sha256),
        Column("approved_by", "empty: self-approved", lambda g, _: related(g.request).approved_by),
        Column("approved_at", "one for each approval", lambda g, _: related(g.request).approved_at),
        Column(
            "approval_comments",
            "one for each approval",
            lambda g, _: related(g.request).approval_comments,
        ),
        Column(
            "reviewers_asked", "of the request", lambda g, _: related(g.request).reviewers_asked
        ),
        Column("ended_by", "who ended it early", lambda g, _: ended_by(g)),
        Column(
            "access_end",
            "of the whole access, with extensions; empty while it is active",
            lambda g, _: access_end_of(g),
        ),
        Column("break_glass", "whether it was an emergency", lambda g, _: g.request.break_glass),
        Column(
            "differs_from_events",
            "by the last verification; empty: not verified",
            lambda g, _: related(g.request).differs(table="grant", key=str(g.pk)),
        ),
        Column("start_at", "later start that was asked for", lambda g, _: g.request.start_at),
    ),
    prepare=prepare_grants,
)
