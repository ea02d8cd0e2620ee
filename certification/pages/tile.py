"""The counts of access reviews on the front page of the admin."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse

from activations.admin.tiles import Tile
from activations.people.actor import user_of
from certification.models import CampaignItem, CampaignState, Decision
from certification.services.judging import reviewers_of
from certification.services.listing import overdue_items


def campaign_tiles(request: HttpRequest) -> list[Tile]:
    """Return what this person has to review, and for administrators and auditors what is overdue."""
    user, address = user_of(request), reverse("admin:access_reviews")
    found = []
    if user.permissions.is_access_reviewer:
        mine = CampaignItem.objects.filter(
            reviewer__in=reviewers_of(user).values("pk"),
            campaign__state=CampaignState.OPEN,
            decision=Decision.NONE,
        )
        if waiting := mine.count():
            found.append(Tile(waiting, "Access reviews for you", address))
    if user.permissions.sees_history and (overdue := overdue_items().count()):
        found.append(Tile(overdue, "Overdue access reviews", address))
    return found
