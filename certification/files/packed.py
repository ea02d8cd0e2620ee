"""The tables of access reviews in evidence packs and daily deliveries."""

from __future__ import annotations

from django.db.models import Max, Min, Q, QuerySet

from activations.packs.tables import MoreTables, Table, read_rows
from activations.packs.wanted import Wanted
from certification.evidence.rows import events_of
from certification.files.decisions import DECISIONS, decision_rows
from certification.files.reviews import ACCESS_REVIEWS, review_rows
from certification.models import Campaign, CampaignItem


def packed_tables(wanted: Wanted) -> MoreTables:
    """Return the campaigns that were opened or closed in the period, or the one that is wanted, and their items.

    With a project: its items, and those on folders and organizations, which may concern it.
    """
    campaigns = _campaigns(wanted)
    items = CampaignItem.objects.filter(campaign__in=campaigns.values("pk"))
    if wanted.project_id:
        is_project = Q(node__startswith="projects/")
        items = items.filter(Q(node=f"projects/{wanted.project_id}") | ~is_project)
    tables = [
        Table(ACCESS_REVIEWS, lambda: read_rows(review_rows(campaigns))),
        Table(DECISIONS, lambda: read_rows(decision_rows(items))),
    ]
    return MoreTables(tables, _ends(campaigns))


def _campaigns(wanted: Wanted) -> QuerySet[Campaign]:
    if wanted.campaign is not None:
        return Campaign.objects.filter(pk=wanted.campaign)
    opened = Q(opened_at__gte=wanted.start, opened_at__lt=wanted.end)
    closed = Q(closed_at__gte=wanted.start, closed_at__lt=wanted.end)
    return Campaign.objects.filter(opened | closed)


def _ends(campaigns: QuerySet[Campaign]) -> tuple[int, int] | None:
    """Return the first and the last event of these campaigns."""
    found = [
        events_of(one).aggregate(first=Min("sequence"), last=Max("sequence")) for one in campaigns
    ]
    known = [ends for ends in found if ends["first"] is not None]
    if not known:
        return None
    return min(ends["first"] for ends in known), max(ends["last"] for ends in known)
