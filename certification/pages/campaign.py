"""`/admin/access-reviews/<id>/`: the progress of a campaign, and its items."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from activations.admin.as_of import moment
from activations.domain.refusals import Moved
from activations.domain.rules import Refusal
from activations.people.actor import actor_of, user_of
from certification.models import Campaign, CampaignItem, CampaignState, Decision
from certification.pages.access import check_administrator, visible_campaign, visible_items
from certification.pages.rendering import answer
from certification.services.deciding import refusal_of_all
from certification.services.judging import own_members, reviewers_of
from certification.services.listing import (
    PAGE_SIZE,
    STATES,
    ItemFilters,
    filtered,
    progress,
    progress_by_reviewer,
)
from certification.services.opening import open_campaign
from certification.services.selection import selected
from certification.services.snapshot import filters_of
from eligibility.index.served import served

LONGEST = 400


@require_http_methods(["GET", "HEAD", "POST"])
def campaign_page(request: HttpRequest, key: int) -> HttpResponse:
    """Show a campaign; for POST open it.

    :raises PermissionDenied: when the person may not see it, or not open it.
    """
    campaign = visible_campaign(request, key)
    if request.method != "POST":
        return _page(request, campaign, {})
    check_administrator(request)
    try:
        open_campaign(campaign=campaign, actor=actor_of(request), now=moment(request))
    except (Refusal, Moved) as error:
        status = 409 if isinstance(error, Moved) else 400
        return _page(request, campaign, {"problem": str(error)}, status=status)
    return redirect("admin:access_review", campaign.pk)


def read_filters(request: HttpRequest) -> ItemFilters:
    """Return the filters of the address or the form."""
    sent = request.POST if request.method == "POST" else request.GET
    names = ("state", "member", "project", "role")
    return ItemFilters(**{name: sent.get(name, "").strip()[:LONGEST] for name in names})


def _page(
    request: HttpRequest, campaign: Campaign, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    is_draft = campaign.state == CampaignState.DRAFT
    shown = _draft(request, campaign) if is_draft else _items(request, campaign)
    facts = {
        "title": campaign.name,
        "campaign": campaign,
        "filters_in_words": filters_of(campaign).words(),
        "reviewers": list(campaign.reviewers.order_by("pk")),
        "is_overdue": campaign.is_overdue(moment(request)),
        "is_open": campaign.state == CampaignState.OPEN,
    }
    return answer(request, "campaign.html", facts | shown | context, status=status)


def _draft(request: HttpRequest, campaign: Campaign) -> dict[str, Any]:
    refresh = served(moment(request))
    count = selected(filters_of(campaign), refresh).order_by().count() if refresh else None
    return {"is_draft": True, "count": count}


def _items(request: HttpRequest, campaign: Campaign) -> dict[str, Any]:
    filters = read_filters(request)
    rows = filtered(campaign, filters).filter(pk__in=visible_items(request).values("pk"))
    after = request.GET.get("after", "")
    number = int(after[:9]) if after.isdecimal() else 0
    page = rows.filter(number__gt=number).select_related("reviewer").order_by("number")
    found = list(page[: PAGE_SIZE + 1])
    items = found[:PAGE_SIZE]
    query = filters.as_query()
    following = query | {"after": str(items[-1].number)} if len(found) > PAGE_SIZE else None
    mine = visible_items(request).filter(campaign=campaign)
    sees_all = user_of(request).permissions.sees_history
    decidable = _decidable(request, campaign, rows)
    here = decidable.filter(pk__in=[item.pk for item in items])
    with_buttons = set(here.values_list("pk", flat=True))
    return {
        "filters": filters,
        "states": (*STATES, "unassigned") if sees_all else tuple(STATES),
        "rows": [(item, item.pk in with_buttons) for item in items],
        "offers_keep": _offers_keep(campaign, filters, decidable),
        "matching": progress(rows),
        "progress": progress(mine),
        "by_reviewer": progress_by_reviewer(campaign) if sees_all else [],
        "query": urlencode(query),
        "next": urlencode(following) if following else "",
        "is_first": not number,
        "after": after if number else "",
    }


def _decidable(
    request: HttpRequest, campaign: Campaign, rows: QuerySet[CampaignItem]
) -> QuerySet[CampaignItem]:
    """Return those of these items that this person may probably decide; a decision asks Google again."""
    if campaign.state != CampaignState.OPEN:
        return rows.none()
    user = user_of(request)
    return rows.filter(reviewer__in=reviewers_of(user)).exclude(member__in=own_members(user))


def _offers_keep(
    campaign: Campaign, filters: ItemFilters, decidable: QuerySet[CampaignItem]
) -> bool:
    """Return whether the undecided ones of these items can be kept at once."""
    if not filters.is_narrow:
        return False
    count = decidable.filter(decision=Decision.NONE).count()
    return count > 0 and not refusal_of_all(campaign, count)
