"""The refresh whose rows a page of the admin shows: one per HTTP request."""

from __future__ import annotations

from django.http import HttpRequest

from activations.admin.as_of import moment
from eligibility.index.condition import IndexCondition, index_condition
from eligibility.models import Refresh


def shown_condition(request: HttpRequest) -> IndexCondition:
    """Return the condition of the index for everything on this page."""
    if not hasattr(request, "index_condition"):
        found = index_condition(moment(request))
        request.index_condition = found  # type: ignore[attr-defined]  # a fact of the request, like its user
    condition: IndexCondition = request.index_condition  # type: ignore[attr-defined]  # set just above
    return condition


def shown_index(request: HttpRequest) -> Refresh | None:
    """Return the latest complete refresh; None without an index."""
    return shown_condition(request).complete
