"""`/admin/access-reviews/<id>/pack/`: orders the evidence pack of a campaign."""

from __future__ import annotations

from datetime import UTC

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from activations.admin.as_of import moment
from activations.domain.periods import Days
from activations.domain.refusals import Moved
from activations.packs.orders import order_pack
from activations.packs.wanted import Wanted
from activations.people.actor import caller_of
from certification.models import CampaignState
from certification.pages.access import check_sees_all, visible_campaign


@require_POST
def order_review_pack(request: HttpRequest, key: int) -> HttpResponse:
    """Order the pack, and show the packs, where it can be downloaded when it is made.

    :raises PermissionDenied: for everybody except administrators and auditors.
    :raises Moved: when the campaign was not opened yet.
    :raises activations.domain.rules.Refusal: when too many packs wait.
    """
    check_sees_all(request)
    campaign, now = visible_campaign(request, key), moment(request)
    if campaign.state == CampaignState.DRAFT:
        raise Moved("There is no evidence pack before the access review is opened")
    last = max(campaign.closed_at or now, campaign.created_at)
    days = Days(campaign.created_at.astimezone(UTC).date(), last.astimezone(UTC).date())
    wanted = Wanted(days, campaign=campaign.pk, campaign_name=campaign.name)
    order_pack(wanted, caller=caller_of(request), now=now)
    return redirect("admin:evidence_packs")
