"""What events record of campaigns: whole rows of campaigns, and of each item a digest and its decision.

An item's facts are many and never change, so that a digest of them is enough: events stay small, and
verification needs little memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet

from activations.domain.chain import sha256_of
from activations.evidence.recording import encode
from activations.evidence.rows import IMPORTED
from activations.models import Event
from certification.evidence.fields import CAMPAIGN, CAMPAIGN_ITEM, CAMPAIGN_REVIEWER
from certification.models import Campaign, CampaignItem

# The events that contain rows.
KINDS = (
    *("campaign.created", "campaign.opened", "campaign.items_copied", "campaign.item_decided"),
    *("campaign.item_assigned", "campaign.reminded", "campaign.overdue", "campaign.closed"),
    IMPORTED,
)
FACTS = (
    *("number", "member", "role", "role_title", "node", "place_name", "activation_type", "title"),
    *("description", "expression", "resource_condition", "last_used"),
)
DECIDED = ("decision", "comment", "decided_at", "decided_by", "decided_by_subject", "version")

# Events of one campaign may come from processes with different clocks.
CLOCKS_DIFFER = timedelta(minutes=5)

Values = dict[str, Any]
Rows = dict[str, dict[str, Values]]


def events_of(campaign: Campaign) -> QuerySet[Event]:
    """Return the events that contain rows of a campaign; read through the index of kinds and times."""
    since = campaign.created_at - CLOCKS_DIFFER
    return Event.objects.filter(kind__in=KINDS, at__gte=since, details__campaign=campaign.pk)


def campaign_row(campaign: Campaign) -> Rows:
    """All fields of a campaign, and its reviewers."""
    reviewers = campaign.reviewers.order_by("pk").values_list("principal", flat=True)
    names = {name: getattr(campaign, name) for name in CAMPAIGN.recorded}
    return campaign_changes(campaign, **names) | {
        CAMPAIGN_REVIEWER.name: {one: {"principal": one} for one in reviewers}
    }


def campaign_changes(campaign: Campaign, **values: object) -> Rows:
    """The fields that an event changes in this campaign."""
    encoded = {name: encode(CAMPAIGN, name, value) for name, value in values.items()}
    return {CAMPAIGN.name: {str(campaign.pk): encoded}}


def item_rows(items: Iterable[CampaignItem]) -> Rows:
    """The digests of new items, and who is to decide each; with the decision, if there is one already."""
    return {CAMPAIGN_ITEM.name: {str(one.number): _item(one) for one in items}}


def item_decision(item: CampaignItem) -> Rows:
    """The decision about an item."""
    return {CAMPAIGN_ITEM.name: {str(item.number): decided(vars(item))}}


def item_reviewer(item: CampaignItem) -> Rows:
    """Who is to decide an item."""
    return {CAMPAIGN_ITEM.name: {str(item.number): {"reviewer": principal_of(item)}}}


def _item(item: CampaignItem) -> Values:
    found = {"sha256": facts_sha256(vars(item)), "reviewer": principal_of(item)}
    return found | decided(vars(item)) if item.decision else found


def principal_of(item: CampaignItem) -> str:
    """Return the reviewer of an item; empty when it has none."""
    return item.reviewer.principal if item.reviewer else ""


def facts(values: Mapping[str, object]) -> Values:
    """Return what never changes in an item."""
    return {name: encode(CAMPAIGN_ITEM, name, values[name]) for name in FACTS}


def facts_sha256(values: Mapping[str, object]) -> str:
    """Return the digest of what never changes in an item."""
    return sha256_of(facts(values))


def decided(values: Mapping[str, object]) -> Values:
    """Return the decision about an item."""
    return {name: encode(CAMPAIGN_ITEM, name, values[name]) for name in DECIDED}


def people_of(campaign: Campaign) -> dict[str, Values]:
    """Return how many people are behind each reviewer, and the SHA-256 of their addresses, one on a line."""
    found: dict[str, Values] = {}
    for reviewer in campaign.reviewers.order_by("pk"):
        digest, count = hashlib.sha256(), 0
        addresses = reviewer.addresses.values_list("email", flat=True)
        for email in sorted(addresses):
            digest.update(f"{email}\n".encode())
            count += 1
        found[reviewer.principal] = {"count": count, "sha256": digest.hexdigest()}
    return found
