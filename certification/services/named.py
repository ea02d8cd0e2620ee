"""Campaigns that are not closed and name a person."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from activations.people.names import Names
from certification.models import Campaign, CampaignItem, CampaignReviewer, CampaignState


def campaigns_that_need(names: Names) -> list[str]:
    """Return why a person's names cannot be replaced yet, each with what to do.

    They review, or are judged in, a campaign that is not closed, or created one that is open.
    """
    return [
        *(
            f"The access review {name!r} names them and is not closed. Close it, or assign their items to others."
            for name in _sorted(_naming(names))
        ),
        *(
            f"They created the access review {name!r}, and are told when it is overdue. Close it."
            for name in _sorted(_created_by(names))
        ),
    ]


def _naming(names: Names) -> QuerySet[Campaign]:
    reviews = CampaignReviewer.objects.filter(
        Q(principal__in=names.principals) | Q(addresses__email__in=names.addresses)
    )
    judged = CampaignItem.objects.filter(member__in=names.principals)
    return Campaign.objects.exclude(state=CampaignState.CLOSED).filter(
        Q(pk__in=reviews.values("campaign")) | Q(pk__in=judged.values("campaign"))
    )


def _created_by(names: Names) -> QuerySet[Campaign]:
    # Not drafts: they cannot be closed, and a draft that is never opened would prevent it for ever.
    return Campaign.objects.filter(state=CampaignState.OPEN, created_by__in=names.addresses)


def _sorted(campaigns: QuerySet[Campaign]) -> QuerySet[Campaign, str]:
    return campaigns.order_by("pk").values_list("name", flat=True)
