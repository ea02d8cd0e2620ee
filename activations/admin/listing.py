"""Queries the rows of a page so that far pages and rare rows are found as fast as the newest."""

from __future__ import annotations

from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest

from activations.admin.as_of import moment


class Listing(ChangeList):
    """A list that finds the keys of its page first, and then reads only these rows.

    A page far back would read all rows before it otherwise. With ORDER BY and LIMIT alone, SQLite scans
    in that order, however rare the rows are; so a result that fits on a page is found without an order.
    """

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self._find_by_key()
        if self.result_count and hasattr(self.model_admin, "prepare"):
            self.result_list = list(self.result_list)
            self.model_admin.prepare(self.result_list, moment(request))

    def _find_by_key(self) -> None:
        if not self.result_count:
            self.result_list = self.queryset.none()
            return
        found = self.result_list if self.multi_page else self.queryset.order_by()
        bare = found.select_related(None).prefetch_related(None)
        keys = list(bare.values_list("pk", flat=True))
        in_order = self.queryset.query.order_by
        rows = self.apply_select_related(self.root_queryset.filter(pk__in=keys))
        self.result_list = rows.order_by(*in_order)
