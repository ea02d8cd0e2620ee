"""For the migration: records the campaigns that were created before their rows were evidence."""

from __future__ import annotations

from collections.abc import Iterator

from django.apps.registry import Apps
from django.utils import timezone

from activations.evidence.migration import MigratedChain
from activations.evidence.recording import ROWS
from certification.evidence.fields import CAMPAIGN_ITEM
from certification.evidence.rows import campaign_row, item_rows, people_of
from certification.models import Campaign, CampaignItem, CampaignState, ReviewerAddress
from eligibility.batches import batched

AT_ONCE = 1000


def take_in_existing_campaigns(apps: Apps) -> None:
    """Append the rows of all campaigns to the chain, those of a thousand items with one event."""
    campaigns = Campaign.objects.order_by("pk")
    if not campaigns.exists():
        return
    drafts = campaigns.filter(state=CampaignState.DRAFT)
    # What an interrupted opening left behind; a draft has neither.
    CampaignItem.objects.filter(campaign__in=drafts).delete()
    ReviewerAddress.objects.filter(reviewer__campaign__in=drafts).delete()
    chain = MigratedChain(apps, timezone.now())  # noqa: TID251  # an edge: a migration has no other clock
    for campaign in campaigns:
        about = {"campaign": campaign.pk, "name": campaign.name}
        rows = {ROWS: campaign_row(campaign), "people": people_of(campaign)}
        chain.append(about | rows | {"table": "campaign", "items": campaign.items.count()})
        for block in _blocks(campaign):
            chain.append(about | {"table": CAMPAIGN_ITEM.name, ROWS: item_rows(block)})
    chain.close(took_in=False)


def _blocks(campaign: Campaign) -> Iterator[list[CampaignItem]]:
    items = campaign.items.order_by("number").select_related("reviewer").iterator(AT_ONCE)
    return batched(items, AT_ONCE)
