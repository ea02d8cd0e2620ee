"""Lists and records of the history: to be read, filtered and exported, never to be edited."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from django.contrib import admin
from django.contrib.admin.options import ShowFacets
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import DateTimeField, Model, QuerySet, Value
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from activations.admin import search
from activations.admin.export_page import export_page
from activations.admin.moment import moment
from activations.admin.paginator import LimitedPaginator
from activations.admin.record import Record
from activations.admin.standing import Condition
from activations.exports.columns import Layout

if TYPE_CHECKING:
    Base: TypeAlias = admin.ModelAdmin[Any]
else:
    Base = admin.ModelAdmin

SAFE_METHODS = {"GET", "HEAD"}


class HistoryAdmin(Base):
    """One list of the history; subclasses say what it holds."""

    actions = None
    paginator = LimitedPaginator
    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    sortable_by = ()
    search_fields = ("id",)
    search_help_text = search.HELP
    empty_value_display = ""
    change_list_template = "admin/activations/history.html"

    position: ClassVar[int] = 0
    purpose: ClassVar[str] = ""
    empty_text: ClassVar[str] = ""
    export_layout: ClassVar[Layout[Any]]
    # The column that says since when a row is there.
    since: ClassVar[str]
    outcomes: ClassVar[dict[str, tuple[str, Condition]]] = {}

    def export_rows(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The rows in stable order, with all that the columns of the export need."""
        raise NotImplementedError

    def there_at(self, rows: QuerySet[Any], as_of: datetime) -> QuerySet[Any]:
        """The rows that were there at that moment, so that an export holds what was announced."""
        return rows.filter(**{f"{self.since}__lte": as_of})

    def record(self, row: Any, request: HttpRequest) -> Record:
        """One row in full."""
        raise NotImplementedError

    def found(self, text: str) -> Any:
        """What the search box selects."""
        raise NotImplementedError

    # --- nobody edits evidence ------------------------------------------------------------------
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def may_export(self, request: HttpRequest) -> bool:
        """Whether this person may take the history away."""
        return request.user.has_perm("activations.export_history")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """All rows, each knowing as of when the page speaks."""
        as_of = Value(moment(request), output_field=DateTimeField())
        rows: QuerySet[Any] = super().get_queryset(request).annotate(as_of=as_of)
        return rows

    def address(self, page: str) -> str:
        """Where a page of this list is."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}")

    # --- pages ----------------------------------------------------------------------------------
    def get_urls(self) -> list[URLPattern]:
        """Django's pages that refuse, ours that show; its log of edits is not evidence."""
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        export = self.admin_site.admin_view(self.export_view)
        theirs = [url for url in super().get_urls() if url.name != f"{name}_history"]
        return [path("export/", export, name=f"{name}_export"), *theirs]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only what the form of filters offers: an export has to say in words what it holds."""
        filters: Any = self.list_filter
        return any(lookup in one.parameters for one in filters)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        text = search_term.strip()
        return (queryset.filter(self.found(text)) if text else queryset), False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list; a form sent with empty inputs is answered with the short address."""
        self._check_may_view(request)
        if any(not value for value in request.GET.values()):
            filled = request.GET.copy()
            for name in [name for name, value in filled.items() if not value]:
                del filled[name]
            return HttpResponseRedirect(f"{request.path}?{filled.urlencode()}".rstrip("?"))
        context = {
            "title": str(self.opts.verbose_name_plural).capitalize(),
            "may_export": self.may_export(request),
            "export_address": f"{self.address('export')}?{request.GET.urlencode()}".rstrip("?"),
            "empty_text": self.empty_text,
            "as_of": moment(request),
        }
        return super().changelist_view(request, context | (extra_context or {}))

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """One row in full, with the events that tell its story."""
        self._check_may_view(request)
        if object_id is None:
            raise PermissionDenied
        row: Any = self.get_object(request, object_id)
        if row is None:
            raise Http404(f"There is no {self.opts.verbose_name} {object_id}.")
        context = {
            **self.admin_site.each_context(request),
            "title": str(self.opts.verbose_name).capitalize(),
            "subtitle": str(row),
            "opts": self.opts,
            "record": self.record(row, request),
            "as_of": moment(request),
        }
        return TemplateResponse(request, "admin/activations/record.html", context)

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """What an export would hold, and with a POST the file."""
        if not self.has_view_permission(request) or not self.may_export(request):
            raise PermissionDenied
        return export_page(self, request)

    def listed(self, request: HttpRequest) -> ChangeList:
        """The list that the address of this page selects."""
        return self.get_changelist_instance(request)

    def _check_may_view(self, request: HttpRequest) -> None:
        if request.method not in SAFE_METHODS or not self.has_view_permission(request):
            raise PermissionDenied
