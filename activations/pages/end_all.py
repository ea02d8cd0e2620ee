"""`/access/end` ends all access of the signed-in person, `/access/end/chosen` some of it.

Both ask for a confirmation first, and show each result.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from activations.domain.rules import Refusal
from activations.iam.dependencies import current_dependencies
from activations.models import Grant
from activations.pages.chosen_grants import chosen_grants, hidden_ids
from activations.pages.wording import condition_summary, short_role
from activations.people.access_facts import access_of, held_by
from activations.people.actor import actor_of, user_of
from activations.services.end_access import Ended, end_all_access, end_chosen_access
from eligibility.index.titles import role_titles


@dataclass(frozen=True, slots=True)
class HeldLine:
    """One access, and the result of ending it."""

    grant: Grant
    until: datetime | None
    failure: str = ""
    is_open: bool = False
    title: str = ""

    @property
    def role_name(self) -> str:
        return self.title or short_role(self.grant.role)

    @property
    def condition_words(self) -> str:
        condition = self.grant.resource_condition
        return condition_summary(condition) if condition else ""

    @property
    def url(self) -> str:
        return reverse("request", args=[self.grant.request_id])


@dataclass(frozen=True, slots=True)
class Choice:
    """The access that would end; `ids` are the grants that the person chose, unless it is all."""

    running: Sequence[Grant]
    is_all: bool = True
    ids: tuple[str, ...] = ()


@require_http_methods(["GET", "HEAD", "POST"])
def end_all(request: HttpRequest) -> HttpResponse:
    """Show the access that would end, or end it and show the results."""
    held = held_by(user_of(request), now=timezone.now()) if request.method != "POST" else []
    return _page(request, Choice([group[0] for group in held]), end_all_access)


@require_http_methods(["GET", "HEAD", "POST"])
def end_chosen(request: HttpRequest) -> HttpResponse:
    """Do the same for the access that these grants belong to."""
    grants = chosen_grants(request)
    running = [one for one in grants if access_of(one, now=timezone.now()).is_held]
    choice = Choice(running, is_all=False, ids=tuple(hidden_ids(grants)))
    return _page(request, choice, partial(end_chosen_access, grants=grants))


def _page(request: HttpRequest, choice: Choice, end: Callable[..., list[Ended]]) -> HttpResponse:
    if request.method != "POST":
        return _confirmation(request, choice)
    comment = request.POST.get("comment", "").replace("\r\n", "\n")
    try:
        results = end(actor=actor_of(request), comment=comment, dependencies=current_dependencies())
    except Refusal as error:
        if choice.is_all:
            held = held_by(user_of(request), now=timezone.now())
            choice = Choice([group[0] for group in held])
        return _confirmation(request, choice, refusal=str(error), comment=comment)
    titles = role_titles(result.grant.role for result in results)
    lines = [_result(result, titles) for result in results]
    left = sum(bool(line.until or line.failure) for line in lines)
    context = {"results": lines, "left": left, "choice": choice}
    return render(request, "pages/end_all.html", context)


def _confirmation(
    request: HttpRequest, choice: Choice, *, refusal: str = "", comment: str = ""
) -> HttpResponse:
    titles = role_titles(grant.role for grant in choice.running)
    context = {
        "choice": choice,
        "lines": [
            HeldLine(grant, grant.access_end, title=titles.get(grant.role, ""))
            for grant in choice.running
        ],
        "refusal": refusal,
        "comment": comment,
    }
    return render(request, "pages/end_all.html", context, status=400 if refusal else 200)


def _result(ended: Ended, titles: Mapping[str, str]) -> HeldLine:
    is_open = bool(ended.access.unconfirmed)
    title = titles.get(ended.grant.role, "")
    return HeldLine(ended.grant, ended.access.until, ended.failure, is_open=is_open, title=title)
