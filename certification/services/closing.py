"""Closes a campaign: from then on no decision changes, and the patch can be downloaded."""

from __future__ import annotations

from datetime import datetime

from activations.domain.refusals import Moved
from activations.evidence.recording import recording
from activations.people.actor import Actor
from activations.people.stops import check_may_act
from certification.evidence.digests import decisions_sha256
from certification.evidence.rows import campaign_changes
from certification.models import Campaign, CampaignItem, CampaignState
from certification.services.listing import Progress, progress
from certification.services.steps import moved, record_step


def close_campaign(*, campaign: Campaign, undecided: int, actor: Actor, now: datetime) -> Progress:
    """Close an open campaign; items that nobody decided stay undecided.

    :param undecided: how many undecided items the administrator confirmed
    :raises Moved: when it is not open, or the number of undecided items has changed.
    """
    with recording():
        check_may_act(actor.user)
        found = Campaign.objects.filter(pk=campaign.pk, state=CampaignState.OPEN)
        closed = {
            "state": CampaignState.CLOSED,
            "closed_at": now,
            "closed_by": actor.user.email,
        }
        is_mine = found.update(**closed)
        campaign.refresh_from_db()
        if not is_mine:
            raise moved(campaign)
        counts = progress(CampaignItem.objects.filter(campaign=campaign))
        if counts.undecided != undecided:
            raise Moved(
                f"{counts.undecided} items are undecided now, and you confirmed {undecided}"
            )
        record_step(
            "closed",
            campaign,
            at=now,
            actor=actor,
            was=CampaignState.OPEN,
            became=CampaignState.CLOSED,
            rows=campaign_changes(campaign, **closed),
            items=counts.items,
            kept=counts.kept,
            removed=counts.removed,
            undecided=counts.undecided,
            decisions_sha256=decisions_sha256(campaign),
        )
    return counts
