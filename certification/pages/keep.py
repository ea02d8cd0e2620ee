"""`/admin/access-reviews/<id>/keep/`: keeps the undecided items of one member or project, after a confirmation."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from activations.admin.as_of import moment
from activations.domain.refusals import Moved
from activations.domain.rules import Refusal
from activations.people.actor import actor_of, user_of
from certification.models import Campaign
from certification.pages.access import visible_campaign
from certification.pages.campaign import read_filters
from certification.pages.rendering import answer
from certification.services.deciding import (
    MOST_AT_ONCE,
    check_narrow,
    keep_all,
    keepable,
    refusal_of_all,
)
from certification.services.judging import judge_of

SHOWN = 50


@require_http_methods(["GET", "HEAD", "POST"])
def keep_page(request: HttpRequest, key: int) -> HttpResponse:
    """Show which items would be kept; for POST keep them.

    :raises PermissionDenied: when the person may not see the campaign.
    :raises Refusal: when no member and no project is selected.
    """
    campaign, filters = visible_campaign(request, key), read_filters(request)
    if request.method != "POST":
        check_narrow(filters)
        return _page(request, campaign, {})
    count = request.POST.get("count", "")
    try:
        kept = keep_all(
            campaign=campaign,
            filters=filters,
            comment=request.POST.get("comment", ""),
            count=int(count[:9]) if count.isdecimal() else -1,
            actor=actor_of(request),
            now=moment(request),
        )
    except (Refusal, Moved) as error:
        check_narrow(filters)
        typed = {"comment": request.POST.get("comment", ""), "problem": str(error)}
        status = 409 if isinstance(error, Moved) else 400
        return _page(request, campaign, typed, status=status)
    messages.success(request, f"{kept} items are kept.")
    query = urlencode(filters.as_query())
    return redirect(f"{reverse('admin:access_review', args=[key])}?{query}")


def _page(
    request: HttpRequest, campaign: Campaign, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    filters = read_filters(request)
    rows = keepable(campaign, filters, judge_of(user_of(request)))
    count = rows.count()
    refusal = refusal_of_all(campaign, count)
    facts = {
        "title": f"Keep items of {campaign.name}",
        "campaign": campaign,
        "filters": filters.as_query(),
        "count": count,
        "items": list(rows[:SHOWN]),
        "more": max(count - SHOWN, 0),
        "most": MOST_AT_ONCE,
        "is_all": bool(refusal),
        "problem": refusal,
    }
    return answer(request, "keep.html", facts | context, status=status)
