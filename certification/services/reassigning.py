"""Gives an item to another reviewer of the campaign."""

from __future__ import annotations

from datetime import datetime

from activations.domain.refusals import Moved
from activations.domain.rules import Refusal
from activations.evidence.recording import recording
from activations.people.actor import Actor
from activations.people.stops import check_may_act
from certification.evidence.rows import item_reviewer
from certification.models import CampaignItem, CampaignReviewer, CampaignState
from certification.services.deciding import item_of
from certification.services.steps import moved, record_item
from eligibility.index.memberships import people_inside


def assign_item(
    *, campaign: int, number: int, principal: str, seen: str, actor: Actor, now: datetime
) -> CampaignItem:
    """Assign an item of an open campaign to one of its reviewers.

    :param seen: the reviewer whom the administrator has seen, '' for none
    :raises Refusal: when it is not a reviewer of the campaign, or they would judge about themselves.
    :raises Moved: when the campaign was closed, or the item was assigned in the meantime.
    """
    with recording():
        check_may_act(actor.user)
        item = item_of(campaign, number)
        if item.campaign.state != CampaignState.OPEN:
            raise moved(item.campaign)
        before = item.reviewer
        if (before.principal if before else "") != seen:
            raise Moved("The item was assigned in the meantime. Reload the page")
        reviewer = _reviewer(item, principal)
        if reviewer == before:
            return item
        CampaignItem.objects.filter(pk=item.pk).update(reviewer=reviewer)
        item.reviewer = reviewer
        record_item(
            "item_assigned",
            item,
            actor=actor,
            at=now,
            was=item.decision,
            rows=item_reviewer(item),
            before=seen,
        )
    return item


def _reviewer(item: CampaignItem, principal: str) -> CampaignReviewer:
    """:raises Refusal: when nobody of this reviewer may judge the item."""
    reviewer = item.campaign.reviewers.filter(principal=principal).first()
    if reviewer is None:
        raise Refusal("Choose a reviewer of this campaign")
    concerned = {item.address}
    if item.is_group:
        concerned |= people_inside([item.address]).get(item.address, set())
    if not set(reviewer.addresses.values_list("email", flat=True)) - concerned:
        raise Refusal(f"{reviewer.address} would judge about themselves. Choose another reviewer")
    return reviewer
