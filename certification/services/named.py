"""Campaigns that are not closed and name a person."""

from __future__ import annotations

from django.db.models import Q

from activations.people.names import Names
from certification.models import Campaign, CampaignItem, CampaignReviewer, CampaignState


def campaigns_that_need(names: Names) -> list[str]:
    """Return why a person's names cannot be replaced yet: they review, or are judged in, an open campaign."""
    reviews = CampaignReviewer.objects.filter(
        Q(principal__in=names.principals) | Q(addresses__email__in=names.addresses)
    )
    judged = CampaignItem.objects.filter(member__in=names.principals)
    open_ones = Campaign.objects.exclude(state=CampaignState.CLOSED).filter(
        Q(pk__in=reviews.values("campaign")) | Q(pk__in=judged.values("campaign"))
    )
    return [
        f"The access review {name!r} names them and is not closed. Close it, or assign their items to others."
        for name in open_ones.order_by("pk").values_list("name", flat=True)
    ]
