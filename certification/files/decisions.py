"""The export of the items of access reviews, with their decisions: one row per item."""

from __future__ import annotations

from django.db.models import QuerySet

from activations.exports.columns import Column, Layout
from certification.models import CampaignItem


def decision_rows(items: QuerySet[CampaignItem]) -> QuerySet[CampaignItem]:
    """Return the items in their order, with everything that the columns need."""
    return items.order_by("campaign_id", "number").select_related("campaign", "reviewer")


DECISIONS: Layout[CampaignItem] = Layout(
    "access_review_items",
    1,
    (
        Column("campaign_id", "the campaign", lambda i, _: i.campaign_id),
        Column("campaign", "its name", lambda i, _: i.campaign.name),
        Column("campaign_state", "open or closed", lambda i, _: i.campaign.state),
        Column("due_at", "due date", lambda i, _: i.campaign.due_at),
        Column("indexed_at", "when the index was read", lambda i, _: i.campaign.indexed_at),
        Column("item", "number within the campaign", lambda i, _: i.number),
        Column("member", "as bound, in lower case", lambda i, _: i.member),
        Column("via_group", "group, for members of it", lambda i, _: i.address * i.is_group),
        Column("role", "role", lambda i, _: i.role),
        Column("role_title", "title of the role in IAM", lambda i, _: i.role_title),
        Column("attached_to", "resource with the binding", lambda i, _: i.node),
        Column("place_name", "its name", lambda i, _: i.place_name),
        Column("project_id", "if that is a project", lambda i, _: i.project_id),
        Column("activation_type", "JIT or MPA", lambda i, _: i.activation_type),
        Column("resource_condition", "canonical", lambda i, _: i.resource_condition),
        Column("binding_title", "in IAM", lambda i, _: i.title),
        Column("binding_description", "in IAM", lambda i, _: i.description),
        Column("binding_expression", "in IAM", lambda i, _: i.expression),
        Column("last_used", "at the snapshot; empty: never", lambda i, _: i.last_used),
        Column(
            "assigned_to",
            "who is to decide",
            lambda i, _: i.reviewer.principal if i.reviewer else "",
        ),
        Column("decision", "keep, remove; empty: undecided", lambda i, _: i.decision),
        Column("comment", "of the reviewer", lambda i, _: i.comment),
        Column("decided_by", "reviewer", lambda i, _: i.decided_by),
        Column("decided_by_subject", "stable id", lambda i, _: i.decided_by_subject),
        Column("decided_at", "when", lambda i, _: i.decided_at),
        Column("version", "how often it was decided", lambda i, _: i.version),
    ),
)
