"""`/admin/access-reviews/`: the campaigns, newest first."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from activations.admin.as_of import moment
from certification.models import Campaign
from certification.pages.access import visible_campaigns, visible_items
from certification.pages.rendering import answer
from certification.services.listing import Progress, progress_of

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Line:
    """A campaign with the progress of the items that the person sees."""

    campaign: Campaign
    progress: Progress
    is_overdue: bool


@require_safe
def campaigns_page(request: HttpRequest) -> HttpResponse:
    """Show one page of campaigns.

    :raises PermissionDenied: for everybody except administrators, auditors and reviewers.
    """
    campaigns = visible_campaigns(request).order_by("-pk")
    before = request.GET.get("before", "")
    if before.isdecimal():
        campaigns = campaigns.filter(pk__lt=int(before[:18]))
    found = list(campaigns[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    counts = progress_of(visible_items(request), shown)
    now = moment(request)
    lines = [Line(one, counts.get(one.pk, Progress()), one.is_overdue(now)) for one in shown]
    older = shown[-1].pk if len(found) > PAGE_SIZE else None
    return answer(request, "list.html", {"title": "Access reviews", "lines": lines, "older": older})
