"""`/reviews`: the requests that wait for the signed-in person's review, and their decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from activations.models import Request, Review, User
from activations.pages.glass import after_review_lines
from activations.pages.inbox import WaitingLine, waiting_lines
from activations.pages.review_panel import decided_note
from activations.pages.stage_words import decision_of, minutes_of
from activations.pages.wording import Words, short_role
from activations.people.actor import user_of
from activations.people.visibility import reviewable_by, waiting_for

PAGE_SIZE = 25
MOST_WAITING = 200
LAST_PAGE = 400


@dataclass(frozen=True, slots=True)
class DecidedLine:
    """One decision of the viewer."""

    review: Review

    @property
    def request(self) -> Request:
        return self.review.request

    @property
    def url(self) -> str:
        return reverse("request", args=[self.request.id])

    @property
    def role_name(self) -> str:
        return short_role(self.request.role)

    @property
    def decision(self) -> Words:
        return decision_of(self.review)

    @property
    def minutes(self) -> str:
        return minutes_of(self.review)


@require_safe
def reviews(request: HttpRequest) -> HttpResponse:
    """Show waiting requests, oldest first, and then decisions, newest first."""
    user, now, number = user_of(request), timezone.now(), _page_number(request)
    decided, has_more = _decided(user, number)
    context = {
        "waiting": waiting_lines(waiting_for(user, now=now)[:MOST_WAITING], now),
        "others": _others(user, now),
        "decided_now": decided_note(request.GET.get("decided", ""), user),
        "after_reviews": after_review_lines(user, now),
        "is_manager": user.permissions.is_manager,
        "decided": decided,
        "newest_url": reverse("reviews") if number > 1 else "",
        "older_url": f"{reverse('reviews')}?page={number + 1}" if has_more else "",
    }
    return render(request, "pages/reviews.html", context)


def _others(user: User, now: datetime) -> Sequence[WaitingLine]:
    """Return pending requests for other reviewers, which designated reviewers may decide too.

    Stages are approved only by those whom the rule names.
    """
    if not user.permissions.is_manager:
        return []
    asked = waiting_for(user, now=now).order_by().values("pk")
    found = reviewable_by(user).pending(now).filter(stage=0)
    rows = found.exclude(pk__in=asked).prefetch_related("reviewers").order_by("requested_at", "id")
    return waiting_lines(rows[:MOST_WAITING], now)


def _decided(user: User, number: int) -> tuple[list[DecidedLine], bool]:
    """Return one page of decisions, newest first, and whether there are more."""
    first = (number - 1) * PAGE_SIZE
    found = Review.objects.filter(reviewer=user).select_related("request")
    rows = list(found.order_by("-decided_at", "-id")[first : first + PAGE_SIZE + 1])
    return [DecidedLine(row) for row in rows[:PAGE_SIZE]], len(rows) > PAGE_SIZE


def _page_number(request: HttpRequest) -> int:
    text = request.GET.get("page", "1")
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else 1
    return min(max(number, 1), LAST_PAGE)
