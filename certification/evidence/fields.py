"""How each field of a campaign's rows may change; triggers are generated from it, as for requests and grants."""

from __future__ import annotations

from activations.evidence.fields import Table, changes_of
from certification.models import (
    Campaign,
    CampaignItem,
    CampaignReviewer,
    CampaignState,
    ReviewerAddress,
)

TRANSITIONS = {
    CampaignState.DRAFT: [CampaignState.OPEN],
    CampaignState.OPEN: [CampaignState.CLOSED],
    CampaignState.CLOSED: [],
}
# Decisions change until their campaign is closed.
ITEM_IS_FINAL = (
    f"(SELECT c.state FROM {Campaign._meta.db_table} c WHERE c.id = OLD.campaign_id) <> 'open'"  # noqa: S608, SLF001  # names of ours
)


CAMPAIGN = Table(
    name="campaign",
    model=Campaign,
    key="id",
    changes=changes_of(
        NEVER="id name project role member activation_type due_at base_url created_at created_by",
        STATE="state",
        WHILE_OPEN="opened_at closed_at closed_by snapshot indexed_at reminded_at overdue_at",
    ),
    transitions=TRANSITIONS,
)
CAMPAIGN_REVIEWER = Table(
    name="campaign_reviewer",
    model=CampaignReviewer,
    key="principal",
    changes=changes_of(NEVER="id campaign principal"),
    transitions={},
)
REVIEWER_ADDRESS = Table(
    name="reviewer_address",
    model=ReviewerAddress,
    key="email",
    changes=changes_of(NEVER="id reviewer email"),
    transitions={},
)
CAMPAIGN_ITEM = Table(
    name="campaign_item",
    model=CampaignItem,
    key="number",
    changes=changes_of(
        NEVER="id campaign number member role role_title node place_name activation_type title"
        " description expression resource_condition last_used",
        WHILE_OPEN="reviewer decision comment decided_at decided_by decided_by_subject version",
    ),
    transitions={},
    final_when=ITEM_IS_FINAL,
)
TABLES = (CAMPAIGN, CAMPAIGN_REVIEWER, REVIEWER_ADDRESS, CAMPAIGN_ITEM)
