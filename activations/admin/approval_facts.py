"""The stages of a request and its reviews, for records of the admin site."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from activations.admin.cells import utc
from activations.admin.record import Fact
from activations.domain.text import minutes_in_words, visible
from activations.models import Request, Review
from activations.pages.stage_words import (
    DECISIONS,
    VOID,
    minutes_of,
    stage_in_words,
    why_void,
)
from activations.people.stage_progress import stages_of


def approval_facts(row: Request) -> list[Fact]:
    """Return how far each stage is with its reviews, or all reviews without stages, and what was granted."""
    reviews = sorted(row.reviews.all(), key=lambda one: (one.decided_at, one.pk))
    granted = minutes_in_words(row.granted_minutes) if row.granted_minutes else ""
    stages = stages_of(row)
    numbers = {stage.number for stage in stages}
    others = [one for one in reviews if one.stage not in numbers]
    return [
        *(
            Fact(
                f"Stage {stage.number}",
                format_html(
                    "{} {}",
                    stage_in_words(stage),
                    _reviews(one for one in reviews if one.stage == stage.number),
                ),
            )
            for stage in stages
        ),
        Fact("Reviews", _reviews(others)),
        Fact("Approved duration", granted),
    ]


def _reviews(reviews: Iterable[Review]) -> SafeString:
    """Return a line for each review: what, by whom, when, for how long, and with which comment."""
    return format_html_join("", "<div>{}</div>", ((_review(one),) for one in reviews))


def _review(review: Review) -> SafeString:
    comment = format_html('<div class="verbatim">“{}”</div>', visible(review.comment))
    return format_html(
        '{} by {}{} <span class="quiet">{}</span>{}{}',
        DECISIONS[review.decision].words,
        review.given_by,
        f" {minutes_of(review)}" if review.minutes else "",
        utc(review.decided_at),
        format_html("<div>{}: {}</div>", VOID.words, why_void(review)) if review.void_at else "",
        comment if review.comment else "",
    )
