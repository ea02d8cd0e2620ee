"""Creates a campaign as a draft."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from activations.evidence.recording import recording
from activations.people.actor import Actor
from activations.people.stops import check_may_act
from certification.domain.wishes import Wish, check_wish
from certification.evidence.rows import campaign_row
from certification.models import Campaign, CampaignReviewer
from certification.services.steps import record_step, scope


def create_campaign(*, wish: Wish, actor: Actor, now: datetime) -> Campaign:
    """Store a draft; it has no items before it is opened.

    :raises activations.domain.rules.Refusal: when a value is missing or not allowed.
    """
    checked = check_wish(wish, now=now)
    with recording():
        check_may_act(actor.user)
        campaign = Campaign.objects.create(
            name=checked.name,
            **asdict(checked.filters),
            due_at=checked.due_at,
            base_url=actor.base_url,
            created_at=now,
            created_by=actor.user.email,
        )
        CampaignReviewer.objects.bulk_create(
            CampaignReviewer(campaign=campaign, principal=one) for one in checked.reviewers
        )
        record_step(
            "created",
            campaign,
            at=now,
            actor=actor,
            became=campaign.state,
            rows=campaign_row(campaign),
            **scope(campaign),
        )
    return campaign
