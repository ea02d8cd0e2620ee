"""`/admin/access-reviews/new/`: what a campaign is about, with a preview of how many items it has."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from activations.admin.as_of import moment
from activations.domain.rules import Refusal
from activations.people.actor import actor_of
from certification.domain.wishes import Filters, Wish, check_filters, split_reviewers
from certification.pages.access import check_administrator
from certification.pages.rendering import answer
from certification.services.creating import create_campaign
from certification.services.selection import selected
from certification.services.snapshot import MOST_ITEMS
from eligibility.index.served import served

FIELDS = ("name", "project", "role", "member", "type", "reviewers", "due")


@require_http_methods(["GET", "HEAD", "POST"])
def new_page(request: HttpRequest) -> HttpResponse:
    """Show the form; for POST the number of items, or the page of the new draft.

    :raises PermissionDenied: for everybody except administrators.
    """
    check_administrator(request)
    if request.method != "POST":
        return _page(request, {})
    sent = {name: request.POST.get(name, "") for name in FIELDS}
    try:
        if request.POST.get("action") == "preview":
            return _page(request, {"sent": sent, "count": _count(request, sent)})
        campaign = create_campaign(wish=_wish(sent), actor=actor_of(request), now=moment(request))
    except Refusal as error:
        return _page(request, {"sent": sent, "problem": str(error)}, status=400)
    return redirect("admin:access_review", campaign.pk)


def _wish(sent: dict[str, str]) -> Wish:
    return Wish(
        name=sent["name"],
        filters=_filters(sent),
        reviewers=split_reviewers(sent["reviewers"]),
        due_at=_end_of(sent["due"]),
    )


def _filters(sent: dict[str, str]) -> Filters:
    return Filters(sent["project"], sent["role"], sent["member"], sent["type"])


def _end_of(text: str) -> datetime:
    """Return the end of a day in UTC."""
    try:
        day = datetime.fromisoformat(text.strip())
    except ValueError:
        raise Refusal("Enter the due date, such as 2030-01-31") from None
    return day.replace(hour=23, minute=59, second=59, microsecond=0, tzinfo=UTC)


def _count(request: HttpRequest, sent: dict[str, str]) -> int:
    """:raises Refusal: when a filter is not allowed, or there is no index."""
    refresh = served(moment(request))
    if refresh is None:
        raise Refusal("There is no eligibility index younger than a day")
    return selected(check_filters(_filters(sent)), refresh).order_by().count()


def _page(request: HttpRequest, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    facts = {"title": "Create an access review", "most": MOST_ITEMS}
    return answer(request, "new.html", facts | context, status=status)
