"""The export of eligibility: one row per member of an eligible binding, as bound."""

from __future__ import annotations

from django.db.models import QuerySet

from activations.exports.columns import Column, Layout
from activations.models import EligibleMember
from activations.reporting.eligible_members import describe


def eligibility_rows(members: QuerySet[EligibleMember]) -> QuerySet[EligibleMember]:
    """Return the members in the order of the list, with everything that the columns need."""
    return members.order_by("member", "binding_id").select_related("binding", "refresh")


ELIGIBILITY: Layout[EligibleMember] = Layout(
    "eligibility",
    1,
    (
        Column("member", "as bound, in lower case", lambda m, _: m.member),
        Column("member_kind", "only user and group can activate", lambda m, _: m.kind),
        Column("member_address", "without its kind", lambda m, _: m.address),
        Column("role", "role", lambda m, _: m.binding.role),
        Column("role_title", "title of the role in IAM", lambda m, _: m.role_title),
        Column("attached_to", "resource with the binding", lambda m, _: m.binding.node),
        Column("attached_to_name", "display name of it", lambda m, _: m.place_name),
        Column("activation_type", "JIT or MPA", lambda m, _: m.binding.activation_type),
        Column("resource_condition", "canonical", lambda m, _: m.binding.resource_condition),
        Column("binding_title", "in IAM", lambda m, _: m.binding.title),
        Column("binding_expression", "in IAM", lambda m, _: m.binding.expression),
        Column("last_used", "start of the last grant; empty: never", lambda m, _: m.last_used),
        Column("indexed_at", "when the index was read", lambda m, _: m.refresh.started_at),
    ),
    prepare=describe,
)
