"""`/admin/access-reviews/<id>/close/`: closes a campaign after a confirmation."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from activations.admin.as_of import moment
from activations.domain.refusals import Moved
from activations.people.actor import actor_of
from certification.models import Campaign, CampaignItem
from certification.pages.access import check_administrator, visible_campaign
from certification.pages.rendering import answer
from certification.services.closing import close_campaign
from certification.services.listing import progress


@require_http_methods(["GET", "HEAD", "POST"])
def close_page(request: HttpRequest, key: int) -> HttpResponse:
    """Show what closing means; for POST close the campaign.

    :raises PermissionDenied: for everybody except administrators.
    """
    check_administrator(request)
    campaign = visible_campaign(request, key)
    if request.method != "POST":
        return _page(request, campaign)
    undecided = request.POST.get("undecided", "")
    try:
        close_campaign(
            campaign=campaign,
            undecided=int(undecided[:9]) if undecided.isdecimal() else -1,
            actor=actor_of(request),
            now=moment(request),
        )
    except Moved as error:
        return _page(request, visible_campaign(request, key), problem=str(error))
    return redirect("admin:access_review", key)


def _page(request: HttpRequest, campaign: Campaign, *, problem: str = "") -> HttpResponse:
    context = {
        "title": f"Close {campaign.name}",
        "campaign": campaign,
        "progress": progress(CampaignItem.objects.filter(campaign=campaign)),
        "problem": problem,
    }
    return answer(request, "close.html", context, status=409 if problem else 200)
