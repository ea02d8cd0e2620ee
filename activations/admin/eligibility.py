"""The list of who may activate what, from the eligibility index."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from activations.admin import eligibility_cells as cells
from activations.admin.as_of import moment
from activations.admin.filters.eligibility import (
    ActsOnProjectFilter,
    EligibleGroupFilter,
    EligiblePersonFilter,
    EligibleRoleFilter,
    TypeFilter,
    UseFilter,
    WithinFolderFilter,
)
from activations.admin.group_page import group_page
from activations.admin.history import HistoryAdmin
from activations.admin.listing import Listing
from activations.admin.shown_index import shown_condition, shown_index
from activations.admin.status_filters import Condition
from activations.exports.eligibility import ELIGIBILITY, eligibility_rows
from activations.models import EligibleMember
from activations.reporting.eligible_members import describe


def _of_type(kind: str) -> Condition:
    return lambda _: Q(binding__activation_type=kind)


class EligibilityListing(Listing):
    """A page of members, with what other tables say about them."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        describe(self.result_list, moment(request))


@admin.register(EligibleMember)
class EligibilityAdmin(HistoryAdmin):
    """One row for each member of an eligible binding, as bound."""

    list_display = ("bound_member", "role", "place", "kind", "condition", "used")
    list_display_links = None
    list_filter = (
        EligiblePersonFilter,
        EligibleGroupFilter,
        EligibleRoleFilter,
        ActsOnProjectFilter,
        WithinFolderFilter,
        TypeFilter,
        UseFilter,
    )
    list_select_related = ("binding",)
    # The order of a database index.
    ordering = ("member", "binding_id")
    search_help_text = "Part of a member, a role, or the id of a project or folder."
    change_list_template = "admin/activations/eligibility.html"
    label: ClassVar[str] = "Eligibility"
    position = 6
    purpose = "who may activate what"
    empty_text = "The index contains no eligible bindings."
    export_layout = ELIGIBILITY
    since = "refresh__ended_at"
    outcomes = {kind: (label, _of_type(kind)) for kind, label in TypeFilter.known.items()}
    moved = (
        "The index or the use of roles has changed since this page was shown, so nothing was exported."
        " The numbers below are up to date: check them and export again."
    )

    @admin.display(description="Member")
    def bound_member(self, row: EligibleMember) -> str:
        return cells.member(row, people=self.address("changelist"), groups=self.address("group"))

    @admin.display(description="Role")
    def role(self, row: EligibleMember) -> str:
        return cells.titled(row.role_title, row.binding.role)

    @admin.display(description="Where")
    def place(self, row: EligibleMember) -> str:
        return cells.titled(row.place_name, row.binding.node)

    @admin.display(description="Type")
    def kind(self, row: EligibleMember) -> str:
        return row.binding.activation_type

    @admin.display(description="Condition")
    def condition(self, row: EligibleMember) -> str:
        return cells.condition(row.binding.resource_condition, row.as_of)  # type: ignore[attr-defined]  # see get_queryset

    @admin.display(description="Last used (UTC)")
    def used(self, row: EligibleMember) -> str:
        return cells.used(row.last_used)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return one row for each member of each eligible binding; near misses make nobody eligible."""
        rows = super().get_queryset(request)
        refresh = shown_index(request)
        if refresh is None:
            return rows.none()
        return rows.filter(refresh=refresh).exclude(binding__activation_type="")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return EligibilityListing

    def get_urls(self) -> list[URLPattern]:
        """Add the page of a group; rows have no page of their own, because the next refresh replaces them."""
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        kept = {f"{name}_changelist", f"{name}_export"}
        group = path("group/", self.admin_site.admin_view(self.group_view), name=f"{name}_group")
        return [group, *(url for url in super().get_urls() if url.name in kept)]

    def list_context(self, request: HttpRequest) -> dict[str, Any]:
        return super().list_context(request) | {
            "title": self.label,
            "index": shown_condition(request),
        }

    def group_view(self, request: HttpRequest) -> HttpResponse:
        """Show the people in a group."""
        self.check_may_view(request)
        return group_page(self, request)

    def found(self, text: str) -> Q:
        named = Q(binding__role__icontains=text) | Q(binding__node__icontains=text)
        return named | Q(member__contains=text.lower())

    def export_rows(self, rows: QuerySet[EligibleMember]) -> QuerySet[EligibleMember]:
        return eligibility_rows(rows)
