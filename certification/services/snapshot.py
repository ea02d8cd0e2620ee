"""Copies the selected rows of the eligibility index into a campaign, with a reviewer for each."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import datetime

from activations.domain.chain import canonical_json
from activations.domain.rules import Refusal
from activations.exports.snapshot import AT_ONCE
from activations.models import EligibleMember
from activations.reporting.eligible_members import describe
from certification.domain.assignment import Assignment
from certification.domain.wishes import Filters
from certification.evidence.rows import Rows, facts, item_rows
from certification.models import Campaign, CampaignItem, CampaignReviewer
from certification.services.selection import selected
from eligibility.batches import batched
from eligibility.index.memberships import people_inside
from eligibility.models import Refresh

# What people can judge in one campaign; it also limits how long its opening takes.
MOST_ITEMS = 20_000


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was copied: how many items, how many without a reviewer, the SHA-256 of their facts, and what to record."""

    items: int
    unassigned: int
    sha256: str
    rows: list[Rows]


def filters_of(campaign: Campaign) -> Filters:
    """Return the filters of a campaign."""
    return Filters(campaign.project, campaign.role, campaign.member, campaign.activation_type)


def check_count(count: int) -> None:
    """:raises Refusal: when a campaign of this many items is not possible."""
    if not count:
        raise Refusal("No eligible binding matches these filters")
    if count > MOST_ITEMS:
        raise Refusal(
            f"{count} eligible bindings match, and a campaign has at most {MOST_ITEMS}. Narrow the filters"
        )


def write_items(
    campaign: Campaign, refresh: Refresh, people: Mapping[str, Set[str]], *, now: datetime
) -> Snapshot:
    """Insert the items, block by block. Call it in a transaction.

    :param people: the addresses of the people behind each reviewer, by principal
    :raises Refusal: when none or too many match.
    """
    rows = selected(filters_of(campaign), refresh).select_related("binding")
    check_count(rows.order_by().count())
    reviewers = {one.principal: one for one in campaign.reviewers.order_by("pk")}
    assignment = Assignment({name: people[name] for name in reviewers})
    digest = hashlib.sha256()
    count = unassigned = 0
    recorded: list[Rows] = []
    for block in _blocks(rows.iterator(chunk_size=AT_ONCE), now):
        items = _items(campaign, block, assignment, reviewers, after=count)
        CampaignItem.objects.bulk_create(items)
        count += len(items)
        unassigned += sum(item.reviewer is None for item in items)
        for item in items:
            digest.update(canonical_json(facts(vars(item))).encode())
        recorded.append(item_rows(items))
    return Snapshot(count, unassigned, digest.hexdigest(), recorded)


def _blocks(rows: Iterator[EligibleMember], now: datetime) -> Iterator[list[EligibleMember]]:
    for block in batched(rows, AT_ONCE):
        describe(block, now)
        yield block


def _items(
    campaign: Campaign,
    rows: Iterable[EligibleMember],
    assignment: Assignment,
    reviewers: Mapping[str, CampaignReviewer],
    *,
    after: int,
) -> list[CampaignItem]:
    rows = list(rows)
    inside = people_inside(row.address for row in rows if row.kind == "group")
    items = []
    for number, row in enumerate(rows, start=after + 1):
        concerned = inside.get(row.address, set()) | {row.address}
        chosen = assignment.reviewer_of(row.member, concerned)
        items.append(_item(campaign, row, number, reviewers.get(chosen or "")))
    return items


def _item(
    campaign: Campaign, row: EligibleMember, number: int, reviewer: CampaignReviewer | None
) -> CampaignItem:
    binding = row.binding
    return CampaignItem(
        campaign=campaign,
        number=number,
        reviewer=reviewer,
        member=row.member,
        role=binding.role,
        role_title=row.role_title,
        node=binding.node,
        place_name=row.place_name,
        activation_type=binding.activation_type,
        title=binding.title,
        description=binding.description,
        expression=binding.expression,
        resource_condition=binding.resource_condition,
        last_used=row.last_used,
    )
