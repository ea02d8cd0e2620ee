"""Lists and records of the history: to be read, filtered and exported, never to be edited."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, path

from activations.admin.export_page import export_page
from activations.admin.read_only import ReadOnlyAdmin
from activations.admin.status_filters import Condition
from activations.exports.columns import Layout


class HistoryAdmin(ReadOnlyAdmin):
    """One list of the history; subclasses say what it holds."""

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

    def may_export(self, request: HttpRequest) -> bool:
        """Whether this person may take the history away."""
        return request.user.has_perm("activations.export_history")

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        export = self.admin_site.admin_view(self.export_view)
        # Before Django's own, which take every word for a key.
        return [path("export/", export, name=f"{name}_export"), *super().get_urls()]

    def list_context(self, request: HttpRequest) -> dict[str, Any]:
        return super().list_context(request) | {
            "may_export": self.may_export(request),
            "export_address": f"{self.address('export')}?{request.GET.urlencode()}".rstrip("?"),
        }

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """What an export would hold, and with a POST the file."""
        if not self.has_view_permission(request) or not self.may_export(request):
            raise PermissionDenied
        return export_page(self, request)

    def listed(self, request: HttpRequest) -> ChangeList:
        """The list that the address of this page selects."""
        return self.get_changelist_instance(request)
