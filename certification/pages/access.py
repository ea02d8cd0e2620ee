"""Who may see and change what on these pages."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest

from activations.people.actor import user_of
from certification.models import Campaign, CampaignItem, CampaignState
from certification.services.judging import reviewers_of


def check_administrator(request: HttpRequest) -> None:
    """:raises PermissionDenied: for everybody except administrators."""
    if not user_of(request).permissions.is_administrator:
        raise PermissionDenied("Only administrators can create, open and close access reviews.")


def check_sees_all(request: HttpRequest) -> None:
    """:raises PermissionDenied: for everybody except administrators and auditors."""
    if not user_of(request).permissions.sees_history:
        raise PermissionDenied("Only administrators and auditors can download access reviews.")


def visible_campaigns(request: HttpRequest) -> QuerySet[Campaign]:
    """Return the campaigns that this person may see.

    :raises PermissionDenied: for everybody except administrators, auditors and reviewers of an open one.
    """
    user = user_of(request)
    if user.permissions.sees_history:
        return Campaign.objects.all()
    if not user.permissions.is_access_reviewer:
        raise PermissionDenied(
            "Access reviews are for administrators, auditors and the people who review in them."
        )
    reviewers = reviewers_of(user).values("campaign_id")
    return Campaign.objects.filter(pk__in=reviewers).exclude(state=CampaignState.DRAFT)


def visible_campaign(request: HttpRequest, key: int) -> Campaign:
    """Return a campaign.

    :raises PermissionDenied: when this person may not see it.
    :raises Http404: when there is none.
    """
    found = visible_campaigns(request).filter(pk=key).first()
    if found:
        return found
    if user_of(request).permissions.sees_history:
        raise Http404("There is no such access review.")
    raise PermissionDenied("You do not review in this access review.")


def visible_items(request: HttpRequest) -> QuerySet[CampaignItem]:
    """Return the items that this person may see: all, or those assigned to them."""
    user = user_of(request)
    if user.permissions.sees_history:
        return CampaignItem.objects.all()
    return CampaignItem.objects.filter(reviewer__in=reviewers_of(user).values("pk"))
