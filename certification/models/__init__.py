"""Tables of access reviews: campaigns, their reviewers, and the eligible bindings to judge."""

from certification.models.campaign import (
    Campaign,
    CampaignReviewer,
    CampaignState,
    ReviewerAddress,
)
from certification.models.item import CampaignItem, Decision

__all__ = [
    "Campaign",
    "CampaignItem",
    "CampaignReviewer",
    "CampaignState",
    "Decision",
    "ReviewerAddress",
]
