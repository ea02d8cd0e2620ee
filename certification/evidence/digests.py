"""The digests in events that cover rows of campaigns: they are compared, and renewed, when names are replaced."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import QuerySet

from activations.domain.chain import canonical_json
from activations.evidence.differences import Difference
from activations.evidence.recording import ROWS
from activations.evidence.registered import Changed
from activations.models import Event
from certification.evidence.comparison import compare
from certification.evidence.fields import (
    CAMPAIGN,
    CAMPAIGN_ITEM,
    CAMPAIGN_REVIEWER,
    REVIEWER_ADDRESS,
)
from certification.evidence.rebuilt import Rebuilt
from certification.evidence.rows import decided, events_of, facts, facts_sha256, people_of
from certification.models import Campaign, CampaignItem, CampaignState
from eligibility.batches import batched

AT_ONCE = 500
# Where the rows of a table name their campaign.
OWNER = {
    CAMPAIGN: "pk",
    CAMPAIGN_REVIEWER: "campaign",
    REVIEWER_ADDRESS: "reviewer__campaign",
    CAMPAIGN_ITEM: "campaign",
}
ITEMS, DECISIONS, PEOPLE = "items_sha256", "decisions_sha256", "people"

Details = dict[str, Any]


def items_sha256(campaign: Campaign) -> str:
    """Return the SHA-256 of the facts of all items, in the order of their numbers."""
    return _sha256(facts(vars(item)) for item in _items(campaign))


def decisions_sha256(campaign: Campaign) -> str:
    """Return the SHA-256 of all items with their decisions, in the order of their numbers."""
    return _sha256(facts(vars(item)) | decided(vars(item)) for item in _items(campaign))


WHOLE = {ITEMS: items_sha256, DECISIONS: decisions_sha256}


class CampaignDigests:
    """The digests of items, of all items of a campaign, of its decisions, and of the addresses of its reviewers."""

    def holding(self, changed: Changed) -> Iterator[int]:
        """Yield the numbers of the events with digests that may cover these rows."""
        for campaign in _owners(changed):
            numbers = _numbers(campaign, changed)
            for event in _recorded(campaign):
                copied = _digests_of_items(event.details)
                if numbers & copied.keys() or {ITEMS, DECISIONS, PEOPLE} & event.details.keys():
                    yield event.sequence

    def differences(self, changed: Changed) -> Iterator[Difference]:
        """Compare the campaigns to which these rows belong with all of their events and digests."""
        for campaign in _owners(changed):
            try:
                yield from _differences(campaign)
            except (TypeError, ValueError, AttributeError, KeyError) as error:
                yield _about(campaign, f"its events cannot be read: {error!r}")

    def renewed(self, details: Mapping[str, Any]) -> Details:
        """Return the details of an event with the digests of the rows as they are now."""
        if "campaign" not in details:
            return dict(details)
        campaign = Campaign.objects.get(pk=details["campaign"])
        new = {**details, **{k: sum_of(campaign) for k, sum_of in WHOLE.items() if k in details}}
        if PEOPLE in details and not _is_draft(campaign, details):
            new[PEOPLE] = people_of(campaign)
        if copied := _digests_of_items(details):
            rows = details[ROWS][CAMPAIGN_ITEM.name]
            numbers = [int(number) for number in copied]
            items = campaign.items.filter(number__range=(min(numbers), max(numbers)))
            found = {
                number: rows[number] | {"sha256": facts_sha256(vars(item))}
                for item in items.order_by("number").iterator(chunk_size=AT_ONCE)
                if (number := str(item.number)) in copied
            }
            new[ROWS] = {**details[ROWS], CAMPAIGN_ITEM.name: rows | found}
        return new


def _owners(changed: Changed) -> Iterator[Campaign]:
    keys: set[int] = set()
    for table, owner in OWNER.items():
        for part in batched(changed.get(table.name, ()), AT_ONCE):
            rows = table.model._base_manager.filter(pk__in=part)  # noqa: SLF001  # documented by Django
            keys.update(rows.order_by().values_list(owner, flat=True).distinct())
    for key in sorted(keys):
        yield Campaign.objects.get(pk=key)


def _numbers(campaign: Campaign, changed: Changed) -> set[str]:
    """Return the numbers of the changed items of a campaign."""
    found: set[str] = set()
    for part in batched(changed.get(CAMPAIGN_ITEM.name, ()), AT_ONCE):
        rows = campaign.items.filter(pk__in=part)
        found |= {str(number) for number in rows.values_list("number", flat=True)}
    return found


def _recorded(campaign: Campaign) -> Iterator[Event]:
    """Yield the events that contain rows; earlier ones have digests that nothing compares."""
    events: QuerySet[Event] = events_of(campaign).filter(details__has_key=ROWS)
    yield from events.order_by("sequence").iterator(chunk_size=10)


def _differences(campaign: Campaign) -> Iterator[Difference]:
    known, sums = None, []
    for event in _recorded(campaign):
        known = known or Rebuilt(campaign.pk, event.sequence)
        yield from known.add(event.content())
        found = WHOLE.keys() & event.details.keys()
        sums += [(event.sequence, name, event.details[name]) for name in found]
    yield from compare(known) if known else [_about(campaign, "no event records it")]
    for event_number, name, expected in sums:
        if WHOLE[name](campaign) != expected:
            yield _about(campaign, f"its items do not match {name}", event_number)


def _is_draft(campaign: Campaign, details: Mapping[str, Any]) -> bool:
    """Whether the campaign was a draft at this event; people are known from the opening on."""
    row = details[ROWS].get(CAMPAIGN.name, {}).get(str(campaign.pk), {})
    return bool(row.get("state") == CampaignState.DRAFT)


def _digests_of_items(details: Mapping[str, Any]) -> dict[str, str]:
    """Return the digests of items in an event, by their numbers."""
    rows = details[ROWS].get(CAMPAIGN_ITEM.name, {})
    return {number: values["sha256"] for number, values in rows.items() if "sha256" in values}


def _about(campaign: Campaign, message: str, event: int = 0) -> Difference:
    return Difference(CAMPAIGN.name, str(campaign.pk), "", message, event)


def _items(campaign: Campaign) -> Iterator[CampaignItem]:
    rows = CampaignItem.objects.filter(campaign=campaign).order_by("number")
    yield from rows.iterator(chunk_size=1000)


def _sha256(rows: Iterator[dict[str, Any]]) -> str:
    digest = hashlib.sha256()
    for values in rows:
        digest.update(canonical_json(values).encode())
    return digest.hexdigest()
