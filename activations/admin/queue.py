"""The queue of requests to review: starts with those that wait for the viewer, and allows decisions."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.urls import URLPattern, path
from django.utils.safestring import SafeString

from activations.admin import queue_bulk, queue_card, queue_rows, search
from activations.admin.as_of import moment
from activations.admin.bulk_actions import BulkAction, BulkActionAdmin, Choice
from activations.admin.cells import excerpt, utc
from activations.admin.filters.text import PersonFilter, ProjectFilter, RoleFilter
from activations.admin.queue_decision import DECISIONS, decision_page
from activations.admin.queue_listing import QueueListing
from activations.admin.record import Record, page_address
from activations.domain.rules import Refusal
from activations.domain.text import minutes_in_words
from activations.models import QueuedItem
from activations.pages.live import tagged
from activations.pages.wording import condition_summary
from activations.people.actor import user_of
from activations.people.stage_progress import least_approved

FILTERS = ("project", "role", "person", "older", "asked")
COLUMNS = ("requester", "role_asked", "project", "wanted", "why", "age", "time_left", "deciding")
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
    is_dangerous=True,
)


@admin.register(QueuedItem)
class QueueAdmin(BulkActionAdmin):
    """Requests that need an approval, for people who may review them."""

    list_display = COLUMNS
    sortable_by = ("requester", "role_asked", "project", "wanted", "age", "time_left", "decided")
    list_filter = (
        *(queue_rows.QueueView, ProjectFilter, RoleFilter, PersonFilter),
        *(queue_rows.AgeFilter, queue_rows.AskedFilter),
    )
    search_help_text = "An id, a person, a project, a role, or a part of the justification."
    confirm_template = "admin/activations/queueditem/confirm.html"
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

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """Return the columns; decided requests have the decision instead of what can be decided."""
        if request.GET.get("view") == queue_rows.DECIDED:
            return (*COLUMNS[:5], "decision", "decided")
        return COLUMNS

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Return the available actions; there is nothing to do about decided requests."""
        return {} if request.GET.get("view") == queue_rows.DECIDED else super().get_actions(request)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return QueueListing

    @admin.display(description="Person", ordering="beneficiary_email")
    def requester(self, row: QueuedItem) -> str:
        return row.beneficiary_email

    @admin.display(description="Role", ordering="role")
    def role_asked(self, row: QueuedItem) -> SafeString:
        return queue_card.role_cell(row)

    @admin.display(description="Project", ordering="project_id")
    def project(self, row: QueuedItem) -> SafeString:
        return queue_card.project_cell(row, self.only_where(row))

    def only_where(self, row: QueuedItem) -> str:
        condition = row.resource_condition
        return condition_summary(condition) if condition else "all resources"

    @admin.display(description="Duration", ordering="minutes")
    def wanted(self, row: QueuedItem) -> str:
        return minutes_in_words(row.minutes)

    @admin.display(description="Justification")
    def why(self, row: QueuedItem) -> str:
        return excerpt(row.justification)

    @admin.display(description="Age", ordering="-requested_at")
    def age(self, row: QueuedItem) -> str:
        return queue_card.age(row, row.as_of)  # type: ignore[attr-defined]  # see get_queryset

    @admin.display(description="Time left", ordering="expires_at")
    def time_left(self, row: QueuedItem) -> str:
        return queue_card.time_left(row, row.as_of)  # type: ignore[attr-defined]  # as above

    @admin.display(description="Decide")
    def deciding(self, row: QueuedItem) -> SafeString:
        return queue_card.decide_cell(row, may_decide=not getattr(row, "objection", "unknown"))

    @admin.display(description="Your decision")
    def decision(self, row: QueuedItem) -> SafeString | str:
        return queue_card.decision_cell(getattr(row, "own_review", None))

    @admin.display(description="Decided (UTC)", ordering="decided_at")
    def decided(self, row: QueuedItem) -> SafeString | str:
        review = getattr(row, "own_review", None)
        return utc(review.decided_at) if review else ""

    def found(self, text: str) -> Q:
        if key := search.as_id(text):
            return Q(id=key)
        words = Q(project_id__startswith=text) | Q(justification__icontains=text)
        return search.of_person(text) or words | Q(role__icontains=text)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list; answers 304 to its own polling while nothing changed."""
        return tagged(request, super().changelist_view(request, extra_context))

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
            "list_query": request.GET.urlencode(),
            "is_narrowed": any(name in request.GET for name in FILTERS),
            "own_address": queue_rows.list_address(request.GET.get("view") or queue_rows.WAITING),
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

    def confirmation(self, request: HttpRequest) -> dict[str, Any]:
        return {"decision_key": uuid.uuid4()}

    def carry_out_all(self, choice: Choice, request: HttpRequest) -> HttpResponse:
        """Store the decision and show its page, which carries it out row by row."""
        try:
            return queue_bulk.start_bulk(self, choice, request)
        except Refusal as error:
            return self.question(choice, request, problem=str(error))

    def decisions_view(self, request: HttpRequest, key: uuid.UUID) -> HttpResponseBase:
        """Show the results of a decision about several requests; a POST decides the next rows."""
        self._check_may_review(request)
        return queue_bulk.decisions_page(self, request, key)

    def decisions_row_view(
        self, request: HttpRequest, key: uuid.UUID, position: int
    ) -> HttpResponseBase:
        """Decide one row of a decision about several requests; only by POST."""
        self._check_may_review(request)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        return queue_bulk.decide_row_page(request, key, position)

    def _check_may_review(self, request: HttpRequest) -> None:
        """:raises PermissionDenied: when this person may not review."""
        if not self.has_view_permission(request) or not request.user.has_perm(REVIEW):
            raise PermissionDenied

    # --- one request ----------------------------------------------------------------------------
    def get_urls(self) -> list[URLPattern]:
        """Add one URL per decision, and those of decisions about several requests."""
        view = self.admin_site.admin_view(self.decision_view)
        several = self.admin_site.admin_view(self.decisions_view)
        row = self.admin_site.admin_view(self.decisions_row_view)
        name = "activations_queueditem_decisions"
        ours = [
            path(
                f"<uuid:key>/{verb}/",
                view,
                {"verb": verb},
                name=f"activations_queueditem_{verb}",
            )
            for verb in DECISIONS
        ]
        ours += [
            path("decisions/<uuid:key>/", several, name=name),
            path("decisions/<uuid:key>/<int:position>/", row, name=f"{name}_row"),
        ]
        return [*ours, *super().get_urls()]

    def record(self, row: QueuedItem, request: HttpRequest) -> Record:
        return queue_card.card(row, now=moment(request))

    def record_context(self, row: Any, request: HttpRequest) -> dict[str, Any]:
        """Add the separate forms for approving and declining."""
        return super().record_context(row, request) | {
            "row": row,
            "page_address": page_address(row, user_of(request)),
            "minutes": least_approved(row),
            "objection": queue_rows.objection(row, user=user_of(request), now=moment(request)),
        }

    def decision_view(self, request: HttpRequest, key: uuid.UUID, verb: str) -> HttpResponseBase:
        """Record the decision of a POST; a GET changes nothing.

        :raises PermissionDenied: when this person may not review.
        """
        self._check_may_review(request)
        answer: HttpResponse = decision_page(self, request, key=key, verb=verb)
        return answer
