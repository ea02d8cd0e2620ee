"""Items of a campaign by filters, page by page, and how far the campaign is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from activations.reports.matching import matches, matches_role
from certification.models import Campaign, CampaignItem, CampaignState, Decision
from certification.services.selection import of_member

PAGE_SIZE = 50
STATES = {"undecided": "", "keep": "keep", "remove": "remove"}


@dataclass(frozen=True, slots=True)
class ItemFilters:
    """Which items of a campaign a page shows; '' shows all."""

    state: str = ""
    member: str = ""
    project: str = ""
    role: str = ""

    @property
    def is_narrow(self) -> bool:
        """Whether they select one member or one project, so that many items can be kept at once."""
        return any(text and "*" not in text for text in (self.member, self.project))

    def as_query(self) -> dict[str, str]:
        """Return the parameters of an address."""
        names = ("state", "member", "project", "role")
        return {name: getattr(self, name) for name in names if getattr(self, name)}


def filtered(campaign: Campaign, filters: ItemFilters) -> QuerySet[CampaignItem]:
    """Return the items of a campaign that match."""
    rows = CampaignItem.objects.filter(campaign=campaign)
    if filters.state in STATES:
        rows = rows.filter(decision=STATES[filters.state])
    if filters.state == "unassigned":
        rows = rows.filter(reviewer=None)
    if filters.member:
        rows = rows.filter(of_member("member", filters.member.lower()))
    if filters.project:
        is_node = "/" in filters.project
        rows = rows.filter(
            matches("node", filters.project if is_node else f"projects/{filters.project}")
        )
    if filters.role:
        rows = rows.filter(matches_role("role", filters.role))
    return rows


@dataclass(frozen=True, slots=True)
class Progress:
    """How many items there are, and how many of them are decided."""

    items: int = 0
    kept: int = 0
    removed: int = 0
    unassigned: int = 0

    @property
    def decided(self) -> int:
        return self.kept + self.removed

    @property
    def undecided(self) -> int:
        return self.items - self.decided

    @property
    def percent(self) -> int:
        """Return the decided part, rounded down, so that 100 means all."""
        return self.decided * 100 // self.items if self.items else 0


_COUNTS = {
    "items": Count("pk"),
    "kept": Count("pk", filter=Q(decision=Decision.KEEP)),
    "removed": Count("pk", filter=Q(decision=Decision.REMOVE)),
    "unassigned": Count("pk", filter=Q(reviewer=None)),
}


def progress(rows: QuerySet[CampaignItem]) -> Progress:
    """Count these items. Takes one query."""
    return Progress(**rows.order_by().aggregate(**_COUNTS))


def progress_of(rows: QuerySet[CampaignItem], campaigns: list[Campaign]) -> dict[int, Progress]:
    """Count those of these items that belong to each campaign. Takes one query."""
    return _grouped(rows.filter(campaign__in=campaigns), "campaign")


def progress_by_reviewer(campaign: Campaign) -> list[tuple[str, Progress]]:
    """Count the items of each reviewer, those with most undecided items first. Takes one query."""
    rows = CampaignItem.objects.filter(campaign=campaign).exclude(reviewer=None)
    found = _grouped(rows, "reviewer__principal")
    return sorted(found.items(), key=lambda one: (-one[1].undecided, one[0]))


def _grouped(rows: QuerySet[CampaignItem], field: str) -> dict[Any, Progress]:
    counted = rows.order_by().values(field).annotate(**_COUNTS).values_list(field, *_COUNTS)
    return {
        value: Progress(**dict(zip(_COUNTS, counts, strict=True))) for value, *counts in counted
    }


def overdue_items() -> QuerySet[CampaignItem]:
    """Return the undecided items of open campaigns that the job marked as overdue."""
    return CampaignItem.objects.filter(
        campaign__state=CampaignState.OPEN,
        campaign__overdue_at__isnull=False,
        decision=Decision.NONE,
    )
