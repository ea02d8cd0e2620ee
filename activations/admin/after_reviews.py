"""The list of after-reviews. They are judged one by one, on the page of the request."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from activations.admin import search
from activations.admin.as_of import moment
from activations.admin.cells import excerpt, names, utc
from activations.admin.filters.period import OpenedIn
from activations.admin.filters.state import AfterReviewFilter
from activations.admin.filters.text import PersonFilter, ProjectFilter
from activations.admin.history import HistoryAdmin
from activations.admin.record import Fact, Group, Record, link, policy_facts, timeline, typed_facts
from activations.admin.status_filters import AFTER_REVIEW_OUTCOMES
from activations.domain.labels import AFTER_REVIEW_STATES, OVERDUE_REVIEW
from activations.exports.after_reviews import (
    AFTER_REVIEWS,
    GRANTS_IN_ORDER,
    after_review_rows,
    granted_roles,
)
from activations.models import AfterReview

# The colours of statuses that look alike.
TONES = {"open": "activation_pending", "justified": "active", "not_justified": "failed"}


class PersonOfReview(PersonFilter):
    """Selects by the person who used break glass."""

    columns = ("request__beneficiary_email",)


class ProjectOfReview(ProjectFilter):
    """Selects by the project of the request."""

    columns = ("request__project_id",)


@admin.register(AfterReview)
class AfterReviewAdmin(HistoryAdmin):
    """All uses of break glass that granted access, and what reviewers said about them."""

    list_display = ("opened", "person", "project", "roles", "standing", "due", "verdict", "why")
    list_filter = (AfterReviewFilter, PersonOfReview, ProjectOfReview, OpenedIn)
    list_select_related = ("request",)
    ordering = ("-opened_at", "-id")
    empty_text = (
        "When somebody uses break glass and access is granted, its after-review appears here."
    )
    export_layout = AFTER_REVIEWS
    since = "opened_at"
    outcomes = AFTER_REVIEW_OUTCOMES
    position = 3
    purpose = "whether uses of break glass were justified"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related(GRANTS_IN_ORDER)

    @admin.display(description="Granted (UTC)")
    def opened(self, row: AfterReview) -> SafeString | str:
        return utc(row.opened_at)

    @admin.display(description="Person")
    def person(self, row: AfterReview) -> str:
        return row.request.beneficiary_email

    @admin.display(description="Project")
    def project(self, row: AfterReview) -> str:
        return row.request.project_id

    @admin.display(description="Roles")
    def roles(self, row: AfterReview) -> SafeString:
        return names(granted_roles(row))

    @admin.display(description="State")
    def standing(self, row: AfterReview) -> SafeString:
        return _chip(row, row.as_of)  # type: ignore[attr-defined]  # see get_queryset

    @admin.display(description="Due (UTC)")
    def due(self, row: AfterReview) -> SafeString | str:
        return utc(row.due_at)

    @admin.display(description="Judged by")
    def verdict(self, row: AfterReview) -> str:
        return row.reviewer_email

    @admin.display(description="Justification")
    def why(self, row: AfterReview) -> str:
        return excerpt(row.request.justification)

    def found(self, text: str) -> Q:
        if key := search.as_id(text):
            return Q(request_id=key)
        if "@" in text and " " not in text:
            return Q(request__beneficiary_email__startswith=text.lower())
        words = Q(request__justification__icontains=text) | Q(comment__icontains=text)
        return Q(request__project_id__startswith=text) | words

    def export_rows(self, rows: QuerySet[AfterReview]) -> QuerySet[AfterReview]:
        return after_review_rows(rows)

    def record(self, row: AfterReview, request: HttpRequest) -> Record:
        return Record(
            heading=f"{row.request.beneficiary_email} on {row.request.project_id}",
            status=_chip(row, moment(request)),
            groups=[Group("Who and why", _who(row)), Group("After-review (UTC)", _review(row))],
            person=row.request.beneficiary_email,
            timeline=timeline(Q(request=row.request_id)),
        )


def _chip(row: AfterReview, now: datetime) -> SafeString:
    is_overdue = row.is_overdue(now)
    label = OVERDUE_REVIEW if is_overdue else AFTER_REVIEW_STATES[row.state]
    tone = "failed" if is_overdue else TONES[row.state]
    return format_html('<span class="chip chip-{}">{}</span>', tone, label)


def _who(row: AfterReview) -> list[Fact]:
    request = row.request
    return [
        Fact("Person", request.beneficiary_email),
        Fact("Project", request.project_id),
        Fact("Roles", ", ".join(granted_roles(row))),
        *typed_facts(request),
        *policy_facts(request),
        Fact("Request", link(request, request.activation_id)),
    ]


def _review(row: AfterReview) -> list[Fact]:
    page = reverse("request", args=[row.request_id])
    judge = format_html('<a href="{}#after-review">Page of the request</a>', page)
    return [
        Fact("Opened", utc(row.opened_at)),
        Fact("Due", utc(row.due_at)),
        Fact("Reviewers when it was opened", ", ".join(row.asked)),
        Fact("Told that it is overdue", utc(row.told_at)),
        Fact("Judged by", row.reviewer_email),
        Fact("Judged", utc(row.judged_at)),
        Fact("Comment", row.comment),
        Fact("Judge it on", "" if row.judged_at else judge),
    ]
