"""`/access/end`: ends all access of the signed-in person after a confirmation, and shows each result."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from activations.domain.rules import Refusal
from activations.iam.dependencies import current_dependencies
from activations.models import Grant
from activations.pages.wording import condition_summary, short_role
from activations.people.access_facts import held_by
from activations.people.actor import actor_of, user_of
from activations.services.end_access import Ended, end_all_access


@dataclass(frozen=True, slots=True)
class HeldLine:
    """One access, and the result of ending it."""

    grant: Grant
    until: datetime | None
    failure: str = ""
    is_open: bool = False

    @property
    def short_name(self) -> str:
        return short_role(self.grant.role)

    @property
    def condition_words(self) -> str:
        condition = self.grant.resource_condition
        return condition_summary(condition) if condition else ""

    @property
    def url(self) -> str:
        return reverse("request", args=[self.grant.request_id])


@require_http_methods(["GET", "HEAD", "POST"])
def end_all(request: HttpRequest) -> HttpResponse:
    """Show the access that would end, or end it and show the results."""
    if request.method != "POST":
        return _confirmation(request)
    comment = request.POST.get("comment", "").replace("\r\n", "\n")
    try:
        results = end_all_access(
            actor=actor_of(request), comment=comment, dependencies=current_dependencies()
        )
    except Refusal as error:
        return _confirmation(request, refusal=str(error), comment=comment)
    lines = [_result(result) for result in results]
    context = {"results": lines, "left": sum(bool(line.until or line.failure) for line in lines)}
    return render(request, "pages/end_all.html", context)


def _confirmation(request: HttpRequest, *, refusal: str = "", comment: str = "") -> HttpResponse:
    held = held_by(user_of(request), now=timezone.now())
    context = {
        "lines": [HeldLine(group[0], group[0].access_end) for group in held],
        "refusal": refusal,
        "comment": comment,
    }
    return render(request, "pages/end_all.html", context, status=400 if refusal else 200)


def _result(ended: Ended) -> HeldLine:
    is_open = bool(ended.access.unconfirmed)
    return HeldLine(ended.grant, ended.access.until, ended.failure, is_open=is_open)
