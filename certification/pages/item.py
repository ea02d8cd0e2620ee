"""`/admin/access-reviews/<id>/items/<number>/`: one item, its decision, and who decides it."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from activations.admin.as_of import moment
from activations.domain.refusals import Moved
from activations.domain.rules import Refusal
from activations.people.actor import actor_of, user_of
from certification.models import CampaignItem, CampaignState
from certification.pages.access import check_administrator, visible_campaign, visible_items
from certification.pages.campaign import read_filters
from certification.pages.rendering import answer
from certification.services.deciding import decide, item_of
from certification.services.judging import own_members, reviewers_of
from certification.services.reassigning import assign_item
from eligibility.index.group_content import group_content

SHOWN_PEOPLE = 100


@require_http_methods(["GET", "HEAD", "POST"])
def item_page(request: HttpRequest, key: int, number: int) -> HttpResponse:
    """Show an item; for POST decide it or assign it to somebody else.

    :raises PermissionDenied: when the item is assigned to somebody else.
    """
    visible_campaign(request, key)
    item = item_of(key, number)
    if not visible_items(request).filter(pk=item.pk).exists():
        raise PermissionDenied("This item is assigned to another reviewer.")
    if request.method != "POST":
        return _page(request, item, {})
    try:
        if request.POST.get("action") == "assign":
            check_administrator(request)
            _assign(request, item)
            return redirect("admin:access_review_item", key, number)
        _decide(request, item)
    except (Refusal, Moved) as error:
        typed = {"comment": request.POST.get("comment", ""), "problem": str(error)}
        status = 409 if isinstance(error, Moved) else 400
        return _page(request, item_of(key, number), typed, status=status)
    return redirect(_list_address(request, item))


def _decide(request: HttpRequest, item: CampaignItem) -> None:
    seen = request.POST.get("seen", "")
    decide(
        campaign=item.campaign_id,
        number=item.number,
        decision=request.POST.get("decision", ""),
        comment=request.POST.get("comment", ""),
        seen=int(seen[:9]) if seen.isdecimal() else -1,
        actor=actor_of(request),
        now=moment(request),
    )


def _assign(request: HttpRequest, item: CampaignItem) -> None:
    assign_item(
        campaign=item.campaign_id,
        number=item.number,
        principal=request.POST.get("reviewer", ""),
        seen=request.POST.get("assigned", ""),
        actor=actor_of(request),
        now=moment(request),
    )


def _list_address(request: HttpRequest, item: CampaignItem) -> str:
    """Return the address of the list from which the decision was sent."""
    query = read_filters(request).as_query()
    after = request.POST.get("after", "")
    query |= {"after": after} if after.isdecimal() else {}
    address = reverse("admin:access_review", args=[item.campaign_id])
    return f"{address}?{urlencode(query)}".rstrip("?")


def _page(
    request: HttpRequest, item: CampaignItem, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    user = user_of(request)
    mine = item.reviewer in reviewers_of(user).filter(campaign=item.campaign)
    is_open = item.campaign.state == CampaignState.OPEN
    content = group_content(item.address) if item.is_group else None
    facts = {
        "title": item.campaign.name,
        "subtitle": f"Item {item.number}",
        "campaign": item.campaign,
        "item": item,
        "is_open": is_open,
        "is_own": item.member in own_members(user),
        "is_mine": mine,
        "reviewers": list(item.campaign.reviewers.order_by("pk")),
        "content": content,
        "people": content.members[:SHOWN_PEOPLE] if content else (),
        "more_people": max(len(content.members) - SHOWN_PEOPLE, 0) if content else 0,
        "comment": item.comment,
    }
    return answer(request, "item.html", facts | context, status=status)
