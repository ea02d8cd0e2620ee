"""Opens a campaign: takes the snapshot, then tells the reviewers, all in one transaction.

The snapshot is written before the chain of events is locked, because it takes long. The draft is locked before the
chain; nothing else locks a draft, so that no deadlock is possible.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Set
from datetime import datetime
from typing import Any

from django.db import transaction

from activations.domain.chain import timestamp
from activations.domain.rules import Refusal
from activations.evidence.recording import recording
from activations.notifications.kinds import ReviewAnnouncement
from activations.people.actor import Actor
from activations.people.stops import check_may_act
from certification.evidence.rows import campaign_changes, people_of
from certification.models import (
    Campaign,
    CampaignReviewer,
    CampaignState,
    ReviewerAddress,
)
from certification.services.snapshot import Snapshot, write_items
from certification.services.steps import moved, record_step, scope
from certification.services.telling import tell_reviewers
from eligibility import providers
from eligibility.index.served import served
from eligibility.models import Refresh


def open_campaign(*, campaign: Campaign, actor: Actor, now: datetime) -> Campaign:
    """Take the snapshot and open the campaign for its reviewers.

    :raises Refusal: when there is no index, nothing matches, the due date has passed, or a group has no
        members.
    :raises activations.domain.refusals.Moved: when somebody opened it at the same moment.
    :raises googlecloud.errors.GoogleCloudError: when the members of a group cannot be read.
    """
    refresh = served(now)
    if refresh is None:
        raise Refusal("There is no eligibility index younger than a day")
    if campaign.due_at <= now:
        raise Refusal("The due date has passed. Create another campaign")
    people = _people(campaign.reviewers.all())
    opened = {
        "state": CampaignState.OPEN,
        "opened_at": now,
        "indexed_at": refresh.started_at,
        "snapshot": uuid.uuid4(),
    }
    with transaction.atomic():
        draft = Campaign.objects.filter(pk=campaign.pk, state=CampaignState.DRAFT)
        if not draft.update(**opened):
            campaign.refresh_from_db()
            raise moved(campaign)
        taken = _take(campaign, refresh, people, now=now)
        with recording():
            check_may_act(actor.user)
            _record(campaign, taken, actor=actor, now=now, opened=opened)
            tell_reviewers(campaign, ReviewAnnouncement.OPENED, now=now)
    campaign.refresh_from_db()
    return campaign


def _record(
    campaign: Campaign, taken: Snapshot, *, actor: Actor, now: datetime, opened: dict[str, Any]
) -> None:
    record_step(
        "opened",
        campaign,
        at=now,
        actor=actor,
        was=CampaignState.DRAFT,
        became=CampaignState.OPEN,
        rows=campaign_changes(campaign, **opened),
        people=people_of(campaign),
        items=taken.items,
        unassigned=taken.unassigned,
        items_sha256=taken.sha256,
        indexed_at=timestamp(opened["indexed_at"]),
        **scope(campaign),
    )
    for rows in taken.rows:
        record_step("items_copied", campaign, at=now, actor=actor, rows=rows)


def _people(reviewers: Iterable[CampaignReviewer]) -> dict[str, Set[str]]:
    """Return the addresses of the people behind each reviewer.

    :raises Refusal: when the members of a group are not known, or there are none.
    """
    named = list(reviewers)
    groups = [one.address for one in named if one.is_group]
    found = providers.group_members().people(groups) if groups else None
    people: dict[str, Set[str]] = {}
    for one in named:
        inside = found.of.get(one.address, frozenset()) if found else frozenset()
        people[one.principal] = inside if one.is_group else {one.address}
        if not people[one.principal]:
            raise Refusal(f"Google shows no people in the group {one.address}")
    return people


def _take(
    campaign: Campaign,
    refresh: Refresh,
    people: Mapping[str, Set[str]],
    *,
    now: datetime,
) -> Snapshot:
    for reviewer in campaign.reviewers.all():
        ReviewerAddress.objects.bulk_create(
            ReviewerAddress(reviewer=reviewer, email=email)
            for email in sorted(people[reviewer.principal])
        )
    return write_items(campaign, refresh, people, now=now)
