"""The choice *Break glass* of request forms, and the after-review on the page of a request."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from activations.domain.states import AfterReviewState
from activations.domain.text import minutes_in_words
from activations.models import AfterReview, Request, User
from activations.pages.wording import AFTER_REVIEWS, OVERDUE, Words
from activations.people.visibility import open_after_reviews
from activations.services.after_review import is_reviewer
from googlecloud.errors import GoogleCloudError
from policies.rules.facts import FactsMissing
from policies.rules.requirements import BreakGlassTerms
from policies.rules.wishes import SHORTEST_BREAK_GLASS
from policies.services.active import UnusablePolicy

MOST_LINES = 200


@dataclass(frozen=True, slots=True)
class GlassOffer:
    """What the form says about break glass: who reviews its use, and how soon."""

    reviewers: str
    within: str
    shortest: int = SHORTEST_BREAK_GLASS


def glass_offer(found: Iterable[BreakGlassTerms | None]) -> GlassOffer | None:
    """Return the offer for roles with these terms; None when the person may not break glass for any."""
    terms = [one for one in found if one]
    if not terms:
        return None
    names = dict.fromkeys(name.partition(":")[2] for one in terms for name in one.review_by)
    return GlassOffer(", ".join(names), minutes_in_words(min(one.review_within for one in terms)))


@dataclass(frozen=True, slots=True)
class AfterReviewPanel:
    """The after-review as the page of its request shows it to one viewer."""

    review: AfterReview
    state: Words
    is_open: bool
    may_judge: bool


def after_review_panel(request: Request, viewer: User, now: datetime) -> AfterReviewPanel | None:
    """Return the panel; None for a request without an after-review."""
    review = request.after_review
    if review is None:
        return None
    is_open = review.state == AfterReviewState.OPEN
    return AfterReviewPanel(
        review, _state(review, now), is_open, is_open and _may_judge(request, viewer)
    )


def _may_judge(request: Request, viewer: User) -> bool:
    """Return whether the form is shown; whether the verdict counts is decided when it is sent."""
    try:
        return is_reviewer(request, viewer)
    except (GoogleCloudError, FactsMissing, UnusablePolicy):
        return False


def _state(review: AfterReview, now: datetime) -> Words:
    return OVERDUE if review.is_overdue(now) else AFTER_REVIEWS[review.state]


@dataclass(frozen=True, slots=True)
class AfterReviewLine:
    """One after-review in the list of those that wait for the viewer."""

    review: AfterReview
    state: Words

    @property
    def url(self) -> str:
        return f"{reverse('request', args=[self.review.request_id])}#after-review"


def after_review_lines(viewer: User, now: datetime) -> list[AfterReviewLine]:
    """Return the after-reviews that wait for this person, first due first."""
    rows = open_after_reviews(viewer).select_related("request")[:MOST_LINES]
    return [AfterReviewLine(row, _state(row, now)) for row in rows]
