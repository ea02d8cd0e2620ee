"""The queue of requests to review: starts with those that wait for the viewer, and allows decisions."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path
from django.utils.safestring import SafeString

from activations.admin import queue_card, queue_rows, search
from activations.admin.as_of import moment
from activations.admin.bulk_actions import BulkAction, BulkActionAdmin, Outcome
from activations.admin.cells import excerpt
from activations.admin.queue_decision import DECISIONS, decide, decision_page
from activations.admin.record import Record
from activations.domain.text import minutes_in_words
from activations.models import QueuedItem
from activations.pages.wording import condition_summary
from activations.people.actor import user_of
from activations.people.stage_progress import least_approved

REVIEW = "activations.review_request"
APPROVE = BulkAction(
    name="approve_selected",
    label="Approve selected…",
    record_label="Approve…",
    button="Approve",
    question="Approve these requests?",
    permission=REVIEW,
    explanation=(
        "Each request is decided separately; a refusal does not stop the others."
        " Access starts with the approval."
    ),
    comment_label="Comment (optional, the same for all)",
)
DECLINE = BulkAction(
    name="decline_selected",
    label="Decline selected…",
    record_label="Decline…",
    button="Decline",
    question="Decline these requests?",
    permission=REVIEW,
    explanation="Each request is decided separately. Declining is final; people can request the role again.",
    comment_label="Reason for declining (the same for all)",
    comment_needed="Explain in a comment why you decline",
)


@admin.register(QueuedItem)
class QueueAdmin(BulkActionAdmin):
    """Requests that need an approval, for people who may review them."""

    list_display = (
        *("requester", "role_asked", "project", "only_where", "wanted"),
        *("why", "age", "time_left", "standing"),
    )
    list_filter = (queue_rows.QueueView,)
    change_list_template = "admin/activations/queueditem/change_list.html"
    record_template = "admin/activations/queueditem/change_form.html"
    position = 0
    purpose = "requests that you may approve or decline"
    bulk_actions = (APPROVE, DECLINE)
    columns = ("Person", "Role", "Project", "Resource condition", "Duration", "Justification")

    # --- the list -------------------------------------------------------------------------------
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).prefetch_related("grants", "reviewers", "reviews")
        return queue_rows.seen_by(user_of(request), rows)

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """The oldest first; decided requests with the latest first."""
        if request.GET.get("view") == queue_rows.DECIDED:
            return ("-decided_at", "-id")
        return ("requested_at", "id")

    @admin.display(description="Person")
    def requester(self, row: QueuedItem) -> str:
        return row.beneficiary_email

    @admin.display(description="Role")
    def role_asked(self, row: QueuedItem) -> SafeString:
        return queue_card.role_cell(row)

    @admin.display(description="Project")
    def project(self, row: QueuedItem) -> str:
        return row.project_id

    @admin.display(description="Resource condition")
    def only_where(self, row: QueuedItem) -> str:
        condition = row.resource_condition
        return condition_summary(condition) if condition else "all resources"

    @admin.display(description="Duration")
    def wanted(self, row: QueuedItem) -> str:
        return minutes_in_words(row.minutes)

    @admin.display(description="Justification")
    def why(self, row: QueuedItem) -> str:
        return excerpt(row.justification)

    @admin.display(description="Age")
    def age(self, row: QueuedItem) -> str:
        return queue_card.age(row, row.as_of)  # type: ignore[attr-defined]  # see get_queryset

    @admin.display(description="Time left")
    def time_left(self, row: QueuedItem) -> str:
        return queue_card.time_left(row, row.as_of)  # type: ignore[attr-defined]  # as above

    @admin.display(description="State")
    def standing(self, row: QueuedItem) -> SafeString:
        return queue_card.standing(row, row.as_of)  # type: ignore[attr-defined]  # as above

    def found(self, text: str) -> Q:
        if key := search.as_id(text):
            return Q(id=key)
        words = Q(project_id__startswith=text) | Q(justification__icontains=text)
        return search.of_person(text) or words | Q(role__icontains=text)

    def list_context(self, request: HttpRequest) -> dict[str, Any]:
        """
        :raises PermissionDenied: for people who may not see requests of other reviewers.
        """
        user = user_of(request)
        if request.GET.get("view") == queue_rows.PENDING and not queue_rows.sees_all(user):
            raise PermissionDenied
        return super().list_context(request) | {
            "tabs": queue_rows.tabs(request),
            "all_pending": queue_rows.list_address(queue_rows.PENDING),
            "view": request.GET.get("view") or queue_rows.WAITING,
        }

    # --- several at once ------------------------------------------------------------------------
    def cells(self, row: QueuedItem, request: HttpRequest) -> Sequence[object]:
        return (
            row.beneficiary_email,
            queue_card.role_cell(row),
            row.project_id,
            self.only_where(row),
            self.wanted(row),
            row.justification,
        )

    def objection(self, action: BulkAction, row: Any, request: HttpRequest) -> str:
        return queue_rows.objection(row, user=user_of(request), now=moment(request))

    def carry_out(
        self, action: BulkAction, row: QueuedItem, comment: str, request: HttpRequest
    ) -> Outcome:
        made = decide("approve" if action is APPROVE else "decline", row.pk, comment, request)
        return Outcome(made.word, made.details, made.tone)

    # --- one request ----------------------------------------------------------------------------
    def get_urls(self) -> list[URLPattern]:
        """Add one URL per decision."""
        view = self.admin_site.admin_view(self.decision_view)
        ours = [
            path(
                f"<uuid:key>/{verb}/",
                view,
                {"verb": verb},
                name=f"activations_queueditem_{verb}",
            )
            for verb in DECISIONS
        ]
        return [*ours, *super().get_urls()]

    def record(self, row: QueuedItem, request: HttpRequest) -> Record:
        return queue_card.card(row, now=moment(request))

    def record_context(self, row: Any, request: HttpRequest) -> dict[str, Any]:
        """Add the separate forms for approving and declining."""
        return super().record_context(row, request) | {
            "row": row,
            "minutes": least_approved(row),
            "objection": queue_rows.objection(row, user=user_of(request), now=moment(request)),
        }

    def decision_view(self, request: HttpRequest, key: uuid.UUID, verb: str) -> HttpResponseBase:
        """Record the decision of a POST; a GET changes nothing.

        :raises PermissionDenied: when this person may not review.
        """
        if not self.has_view_permission(request) or not request.user.has_perm(REVIEW):
            raise PermissionDenied
        answer: HttpResponse = decision_page(self, request, key=key, verb=verb)
        return answer
