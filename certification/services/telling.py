"""Tells the reviewers of a campaign what they have to do, and its creator that it is overdue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q
from django.urls import reverse

from activations.domain.pseudonyms import is_pseudonym
from activations.notifications.instants import iso
from activations.notifications.kinds import ReviewAnnouncement
from activations.notifications.without_request import announce_review
from activations.people.stops import stopped_among
from certification.models import Campaign, CampaignReviewer, Decision

# Of the people in a group; the others find the campaign in the admin.
MOST_TOLD = 50
_SUBJECTS = {
    ReviewAnnouncement.OPENED: "Access review {name}: {count} items for you",
    ReviewAnnouncement.REMINDED: "Reminder: access review {name}, {count} items are undecided",
    ReviewAnnouncement.OVERDUE: "Overdue: access review {name}, {count} items are undecided",
}


@dataclass(frozen=True, slots=True)
class Told:
    """Who was told, and how many items are undecided: those with a reviewer, and of an overdue campaign all."""

    addresses: tuple[str, ...]
    undecided: int


def tell_reviewers(campaign: Campaign, kind: ReviewAnnouncement, *, now: datetime) -> Told:
    """Write a message for each reviewer with undecided items. Call it in a transaction.

    That a campaign is overdue is also told to its creator, with the number of all undecided items: those
    without a reviewer concern nobody else.
    """
    is_overdue = kind is ReviewAnnouncement.OVERDUE
    creator = campaign.created_by if is_overdue else ""
    undecided = Count("items", filter=Q(items__decision=Decision.NONE))
    reviewers = campaign.reviewers.annotate(undecided=undecided).filter(undecided__gt=0)
    told: dict[str, None] = {}
    total = 0
    for reviewer in reviewers.order_by("pk"):
        to = _people(reviewer, besides=creator)
        _announce(campaign, kind, to, reviewer.undecided, now=now)
        told |= dict.fromkeys(to)
        total += reviewer.undecided
    if is_overdue:
        total = campaign.items.filter(decision=Decision.NONE).count()
        if total:
            # Somebody else may have opened the draft of a person whose names were replaced.
            to = [] if is_pseudonym(creator) else [creator]
            _announce(campaign, kind, to, total, now=now)
            told |= dict.fromkeys(to)
    return Told(tuple(told), total)


def _people(reviewer: CampaignReviewer, *, besides: str) -> list[str]:
    """Return whom to tell as this reviewer; `besides` gets a message of their own."""
    people = reviewer.addresses.exclude(email=besides).order_by("email")
    named = list(people.values_list("email", flat=True)[:MOST_TOLD])
    stopped = stopped_among(named)
    return [one for one in named if one not in stopped]


def _announce(
    campaign: Campaign, kind: ReviewAnnouncement, to: list[str], count: int, *, now: datetime
) -> None:
    base_url = campaign.base_url.rstrip("/")
    announce_review(
        kind,
        told=to,
        subject=_SUBJECTS[kind].format(name=campaign.name, count=count),
        properties={
            "campaign": campaign.name,
            "campaign_id": campaign.pk,
            "items": count,
            "due_time": iso(campaign.due_at),
            "action_url": f"{base_url}{reverse('admin:access_review', args=[campaign.pk])}",
            "base_url": f"{base_url}/",
        },
        now=now,
    )
