"""Steps of a campaign as the evidence records them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from activations.domain.chain import timestamp
from activations.domain.refusals import Moved
from activations.evidence.recording import Step, record
from activations.people.actor import Actor
from certification.evidence.rows import Rows, principal_of
from certification.models import Campaign, CampaignItem


def record_step(
    kind: str,
    campaign: Campaign,
    *,
    at: datetime,
    actor: Actor | None = None,
    was: str = "",
    became: str = "",
    rows: Rows | None = None,
    **details: Any,
) -> None:
    """Append an event about a campaign, with the rows that it changes. Call it in `recording()`, together with the change."""
    about = {"campaign": campaign.pk, "name": campaign.name}
    if actor:
        about["channel"] = actor.caller.channel
    record(
        Step(
            kind=f"campaign.{kind}",
            at=at,
            actor=actor.caller if actor else None,
            was=was,
            became=became,
            details=about | details,
            rows=rows or {},
        )
    )


def record_item(
    kind: str,
    item: CampaignItem,
    *,
    actor: Actor,
    at: datetime,
    rows: Rows,
    was: str = "",
    **details: Any,
) -> None:
    """Append an event about an item, with what the item is about and what changes in it."""
    facts = ("member", "role", "node", "resource_condition", "activation_type")
    record(
        Step(
            kind=f"campaign.{kind}",
            at=at,
            project_id=item.project_id,
            person=item.address if item.member.startswith("user:") else "",
            actor=actor.caller,
            was=was,
            became=item.decision,
            comment=item.comment,
            details={
                "campaign": item.campaign_id,
                "item": item.number,
                "reviewer": principal_of(item),
                "channel": actor.caller.channel,
                **{name: getattr(item, name) for name in facts},
                **details,
            },
            rows=rows,
        )
    )


def scope(campaign: Campaign) -> dict[str, Any]:
    """Return what a campaign is about, for an event."""
    names = ("project", "role", "member", "activation_type")
    return {
        "filters": {name: getattr(campaign, name) for name in names if getattr(campaign, name)},
        "reviewers": [one.principal for one in campaign.reviewers.order_by("pk")],
        "due_at": timestamp(campaign.due_at),
    }


def moved(campaign: Campaign) -> Moved:
    """Return why a step is not possible any more."""
    return Moved(f"The campaign is {campaign.get_state_display()} now")
