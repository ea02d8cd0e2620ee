"""Lists and records of the history, which can be read, filtered and exported but not edited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, path

from activations.admin.export_page import MOVED, export_page
from activations.admin.read_only import ReadOnlyAdmin
from activations.admin.status_filters import Condition
from activations.exports.columns import Contents, Layout


class HistoryAdmin(ReadOnlyAdmin):
    """One list of the history; subclasses say which rows."""

    export_layout: ClassVar[Layout[Any]]
    more_contents: ClassVar[tuple[Contents, ...]] = ()
    # The column with the time at which a row was created.
    since: ClassVar[str]
    outcomes: ClassVar[dict[str, tuple[str, Condition]]] = {}
    moved: ClassVar[str] = MOVED

    def export_rows(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows in a stable order, with everything that the columns of the export need."""
        raise NotImplementedError

    def prepare(self, rows: Sequence[Any], as_of: datetime) -> None:
        """Fill in what the columns of the list read from other rows, for all rows of a page at once."""

    def there_at(self, rows: QuerySet[Any], as_of: datetime) -> QuerySet[Any]:
        """Return the rows that existed at that moment, so that an export contains what was announced."""
        return rows.filter(**{f"{self.since}__lte": as_of})

    def count_outcomes(self, rows: QuerySet[Any], as_of: datetime) -> Mapping[str, int]:
        """Return how many of the rows have each of the outcomes."""
        counts: Mapping[str, int] = rows.order_by().aggregate(
            **{
                key: Count("pk", filter=condition(as_of))
                for key, (_, condition) in self.outcomes.items()
            }
        )
        return counts

    def may_export(self, request: HttpRequest) -> bool:
        """Whether this person may export the history."""
        return request.user.has_perm("activations.export_history")

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        export = self.admin_site.admin_view(self.export_view)
        # Must precede Django's own URLs, which treat every path segment as a key.
        return [path("export/", export, name=f"{name}_export"), *super().get_urls()]

    def list_context(self, request: HttpRequest) -> dict[str, Any]:
        return super().list_context(request) | {
            "may_export": self.may_export(request),
            "export_address": f"{self.address('export')}?{request.GET.urlencode()}".rstrip("?"),
        }

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """Show what an export will contain; a POST returns the file."""
        if not self.has_view_permission(request) or not self.may_export(request):
            raise PermissionDenied
        return export_page(self, request)

    def listed(self, request: HttpRequest) -> ChangeList:
        """Return the list that the URL of this page selects."""
        return self.get_changelist_instance(request)
