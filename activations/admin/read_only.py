"""Lists and records that are read, searched and filtered, and never edited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from django.contrib import admin
from django.contrib.admin.options import ShowFacets
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import DateTimeField, Model, QuerySet, Value
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse

from activations.admin import search
from activations.admin.as_of import moment
from activations.admin.listing import Listing
from activations.admin.paginator import LimitedPaginator
from activations.admin.record import Record

if TYPE_CHECKING:
    Base: TypeAlias = admin.ModelAdmin[Any]
else:
    Base = admin.ModelAdmin

SAFE_METHODS = {"GET", "HEAD"}


class ReadOnlyAdmin(Base):
    """One list of rows that cannot be edited; subclasses say which rows."""

    actions = None
    paginator = LimitedPaginator
    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    # Only columns with an index in their order.
    sortable_by: ClassVar[tuple[str, ...]] = ()
    search_fields = ("id",)
    search_help_text = search.HELP
    empty_value_display = ""
    change_list_template = "admin/activations/history.html"
    record_template: ClassVar[str] = "admin/activations/record.html"

    position: ClassVar[int] = 0
    purpose: ClassVar[str] = ""
    empty_text: ClassVar[str] = ""

    def record(self, row: Any, request: HttpRequest) -> Record:
        """Return all facts of one row."""
        raise NotImplementedError

    def found(self, text: str) -> Any:
        """Return the condition for text from the search box."""
        raise NotImplementedError

    # --- no edits -------------------------------------------------------------------------------
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return all rows, each with the moment that the page shows."""
        as_of = Value(moment(request), output_field=DateTimeField())
        rows: QuerySet[Any] = super().get_queryset(request).annotate(as_of=as_of)
        return rows

    def address(self, page: str, *args: object) -> str:
        """Return the URL of a page of this list."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}", args=args)

    # --- pages ----------------------------------------------------------------------------------
    def get_urls(self) -> list[URLPattern]:
        """Remove Django's pages for edits and their log, which is not evidence."""
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        return [url for url in super().get_urls() if url.name != f"{name}_history"]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Allow only what the filter form offers, because a list must describe what it selects."""
        filters: Any = self.list_filter
        return any(lookup in one.parameters for one in filters)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        text = search_term.strip()
        return (queryset.filter(self.found(text)) if text else queryset), False

    def list_context(self, request: HttpRequest) -> dict[str, Any]:
        """Return what the page shows besides the list."""
        return {
            "title": str(self.opts.verbose_name_plural).capitalize(),
            "empty_text": self.empty_text,
            "as_of": moment(request),
        }

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return Listing

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list; redirect a form with empty inputs to the short URL."""
        self.check_may_view(request)
        if any(not value for value in request.GET.values()):
            filled = request.GET.copy()
            for name in [name for name, value in filled.items() if not value]:
                del filled[name]
            return HttpResponseRedirect(f"{request.path}?{filled.urlencode()}".rstrip("?"))
        context = self.list_context(request)
        return super().changelist_view(request, context | (extra_context or {}))

    def record_context(self, row: Any, request: HttpRequest) -> dict[str, Any]:
        """Return what the page of a row shows."""
        return {
            **self.admin_site.each_context(request),
            "title": str(self.opts.verbose_name).capitalize(),
            "subtitle": str(row),
            "opts": self.opts,
            "record": self.record(row, request),
            "as_of": moment(request),
        }

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show all facts of one row, with its events."""
        self.check_may_view(request)
        if object_id is None:
            raise PermissionDenied
        row: Any = self.get_object(request, object_id)
        if row is None:
            raise Http404(f"There is no {self.opts.verbose_name} {object_id}.")
        return TemplateResponse(request, self.record_template, self.record_context(row, request))

    def check_may_view(self, request: HttpRequest) -> None:
        """:raises PermissionDenied: for people who may not view the list, and for methods other than GET and HEAD."""
        if request.method not in SAFE_METHODS or not self.has_view_permission(request):
            raise PermissionDenied
