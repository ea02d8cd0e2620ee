"""The export of access reviews: one row per campaign, without its items."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Count, F, Q, QuerySet

from activations.exports.columns import Column, Layout
from certification.evidence.rows import events_of
from certification.models import Campaign, Decision


def review_rows(campaigns: QuerySet[Campaign]) -> QuerySet[Campaign]:
    """Return the campaigns in their order, with everything that the columns need."""
    kept = Q(items__decision=Decision.KEEP)
    removed = Q(items__decision=Decision.REMOVE)
    return campaigns.order_by("pk").annotate(
        item_count=Count("items"),
        kept=Count("items", filter=kept),
        removed=Count("items", filter=removed),
        undecided=F("item_count") - F("kept") - F("removed"),
    )


def _prepare(campaigns: Sequence[Campaign], _: datetime) -> None:
    """Fill in the reviewers and the last event of each campaign."""
    for campaign in campaigns:
        named = campaign.reviewers.order_by("pk").values_list("principal", flat=True)
        last = events_of(campaign).order_by("-sequence").values_list("sequence", "hash").first()
        found = {"named": list(named), "last": last or (None, None)}
        for name, value in found.items():
            setattr(campaign, name, value)


ACCESS_REVIEWS: Layout[Campaign] = Layout(
    "access_reviews",
    1,
    (
        Column("campaign_id", "this row", lambda c, _: c.pk),
        Column("name", "as entered", lambda c, _: c.name),
        Column("state", "draft, open or closed", lambda c, _: c.state),
        Column("project", "filter; empty: all", lambda c, _: c.project),
        Column("role", "filter; empty: all", lambda c, _: c.role),
        Column("member", "filter; empty: all", lambda c, _: c.member),
        Column("activation_type", "filter; empty: all", lambda c, _: c.activation_type),
        Column("reviewers", "people and groups", lambda c, _: getattr(c, "named", [])),
        Column("due_at", "due date", lambda c, _: c.due_at),
        Column("created_at", "when", lambda c, _: c.created_at),
        Column("created_by", "administrator", lambda c, _: c.created_by),
        Column("opened_at", "when the items were copied", lambda c, _: c.opened_at),
        Column("indexed_at", "when the index was read", lambda c, _: c.indexed_at),
        Column("reminded_at", "when reviewers were reminded", lambda c, _: c.reminded_at),
        Column("overdue_at", "when it was marked overdue", lambda c, _: c.overdue_at),
        Column("closed_at", "when", lambda c, _: c.closed_at),
        Column("closed_by", "administrator", lambda c, _: c.closed_by),
        Column("items", "how many", lambda c, _: getattr(c, "item_count", 0)),
        Column("kept", "items", lambda c, _: getattr(c, "kept", 0)),
        Column("removed", "items to remove", lambda c, _: getattr(c, "removed", 0)),
        Column("undecided", "items", lambda c, _: getattr(c, "undecided", 0)),
        Column("event_sequence", "last", lambda c, _: getattr(c, "last", (None, None))[0]),
        Column("event_hash", "of that event", lambda c, _: getattr(c, "last", (None, None))[1]),
    ),
    prepare=_prepare,
)
