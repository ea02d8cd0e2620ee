"""Compares the rows of one campaign with what its events record."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from activations.domain.chain import sha256_of
from activations.evidence.differences import Difference, short
from activations.evidence.recording import ROWS, encode
from activations.models import Event
from certification.evidence.fields import CAMPAIGN, CAMPAIGN_ITEM, CAMPAIGN_REVIEWER
from certification.evidence.rebuilt import Item, Rebuilt
from certification.evidence.rows import DECIDED, FACTS, decided, facts_sha256, people_of
from certification.models import Campaign, CampaignItem

AT_ONCE = 1000
COLUMNS = ("reviewer__principal", *FACTS, *DECIDED)
UNDECIDED = {
    "decision": "",
    "comment": "",
    "decided_at": None,
    "decided_by": "",
    "decided_by_subject": "",
    "version": 0,
}
NOT_DECIDED = bytes.fromhex(sha256_of(UNDECIDED))
NOBODY = {"count": 0, "sha256": hashlib.sha256().hexdigest()}
UNKNOWN = "no event records it"


def compare(known: Rebuilt) -> Iterator[Difference]:
    """Compare a campaign, its reviewers and its items; rows that cannot be read are differences too."""
    try:
        campaign = Campaign.objects.filter(pk=known.key).first()
        if campaign is None:
            yield Difference(CAMPAIGN.name, str(known.key), "", "is missing", known.first)
            return
        yield from _campaign(campaign, known)
        yield from _reviewers(campaign, known)
        yield from _items(known)
    except (TypeError, ValueError, AttributeError, KeyError) as error:
        message = f"cannot be read: {error!r}"
        yield Difference(CAMPAIGN.name, str(known.key), "", message, known.first)


def _campaign(campaign: Campaign, known: Rebuilt) -> Iterator[Difference]:
    for name, expected in known.values.items():
        found = encode(CAMPAIGN, name, getattr(campaign, name))
        if found != expected or type(found) is not type(expected):
            message = f"{name} is {short(found)}, its event recorded {short(expected)}"
            yield Difference(CAMPAIGN.name, str(known.key), "", message, known.by[name], name)


def _reviewers(campaign: Campaign, known: Rebuilt) -> Iterator[Difference]:
    found = people_of(campaign)
    for principal in {*found, *known.reviewers}:
        event = known.reviewers.get(principal, 0)
        message = ""
        if principal not in known.reviewers:
            message = "no event records it"
        elif principal not in found:
            message = "is missing"
        elif found[principal] != known.people.get(principal, NOBODY):
            message = "the addresses of its people are not those at the opening"
        if message:
            table = CAMPAIGN_REVIEWER.name
            yield Difference(table, principal, "", message, event, owner=known.owner)


def _items(known: Rebuilt) -> Iterator[Difference]:
    missing = set(known.items)
    rows = CampaignItem.objects.filter(campaign=known.key).order_by("number").values(*COLUMNS)
    for row in rows.iterator(chunk_size=AT_ONCE):
        number = row["number"]
        missing.discard(number)
        item = known.items.get(number)
        yield from _item(row, item, known) if item else [_about(number, known, UNKNOWN)]
    for number in sorted(missing):
        event = known.items[number].assigned_by_event
        yield _about(number, known, "is missing", event)


def _item(row: dict[str, Any], item: Item, known: Rebuilt) -> Iterator[Difference]:
    number, reviewer = row["number"], row["reviewer__principal"] or ""
    if bytes.fromhex(facts_sha256(row)) != item.facts:
        message = "its facts do not match the digest with which it was recorded"
        yield _about(number, known, message, known.by.get("opened_at", known.first))
    if reviewer != item.reviewer:
        message = f"reviewer is {short(reviewer)}, its event recorded {short(item.reviewer)}"
        yield _about(number, known, message, item.assigned_by_event, "reviewer")
    found = decided(row)
    if bytes.fromhex(sha256_of(found)) == (item.decided or NOT_DECIDED):
        return
    expected = _decision_of(item, number)
    for name in DECIDED:
        if found[name] != expected[name] or type(found[name]) is not type(expected[name]):
            message = f"{name} is {short(found[name])}, its event recorded {short(expected[name])}"
            yield _about(number, known, message, item.decided_by_event, name)


def _decision_of(item: Item, number: int) -> dict[str, Any]:
    """Return the decision that the last event recorded."""
    if not item.decided:
        return UNDECIDED
    event = Event.objects.get(sequence=item.decided_by_event)
    found: dict[str, Any] = event.details[ROWS][CAMPAIGN_ITEM.name][str(number)]
    return found


def _about(number: int, known: Rebuilt, message: str, event: int = 0, name: str = "") -> Difference:
    return Difference(CAMPAIGN_ITEM.name, str(number), "", message, event, name, known.owner)
