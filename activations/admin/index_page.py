"""The page of the eligibility index itself: its age, what it contains, and how refreshes go."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from activations.admin.as_of import moment
from activations.admin.cells import utc
from activations.admin.record import Fact, Group
from activations.admin.shown_index import shown_condition
from activations.domain.text import in_words
from eligibility.index.condition import IndexCondition
from eligibility.models import Refresh

PERMISSION = "activations.view_eligiblemember"
SHOWN_REFRESHES = 20


@require_safe
def index_page(request: HttpRequest) -> HttpResponse:
    """Show the index and its refreshes.

    :raises PermissionDenied: for everybody except administrators and auditors.
    """
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied("Only administrators and auditors can see the eligibility index.")
    condition = shown_condition(request)
    refreshes = list(Refresh.objects.order_by("-started_at", "-pk")[:SHOWN_REFRESHES])
    now = moment(request)
    groups = [_index(condition.complete, now), _running(condition, now)]
    context = {
        **admin.site.each_context(request),
        "title": "Eligibility index",
        "index": condition,
        "groups": groups,
        "as_of": now,
        "was_refreshed": bool(refreshes),
        "refreshes": [_line(one) for one in refreshes],
        "warnings": _warnings(condition),
    }
    return TemplateResponse(request, "admin/eligibility_index.html", context)


def _index(refresh: Refresh | None, now: datetime) -> Group:
    if refresh is None:
        return Group("Contents", [])
    return Group(
        "Contents",
        [
            Fact("Read from (UTC)", utc(refresh.started_at)),
            Fact("to (UTC)", utc(refresh.ended_at)),
            Fact("Age", in_words(now - refresh.started_at)),
            *_counts(refresh),
        ],
    )


def _running(condition: IndexCondition, now: datetime) -> Group:
    refresh = condition.running
    if refresh is None:
        return Group("Refresh in progress", [])
    return Group(
        "Refresh in progress",
        [
            Fact("State", "running" if condition.is_busy else "waits for the next run"),
            Fact("Phase", refresh.get_phase_display()),
            Fact("Started (UTC)", utc(refresh.started_at)),
            Fact("Age", in_words(now - refresh.started_at)),
            *_counts(refresh),
            Fact("Last error", refresh.last_error),
            Fact("Failed (UTC)", utc(refresh.failed_at) if refresh.last_error else ""),
        ],
    )


def _counts(refresh: Refresh) -> list[Fact]:
    return [
        Fact("Projects", refresh.projects),
        Fact("Policies", refresh.policies),
        Fact("Eligible bindings", refresh.bindings),
        Fact("Groups", refresh.groups),
        Fact("Role titles", refresh.roles),
        Fact("Calls to Google", refresh.calls),
    ]


def _line(refresh: Refresh) -> dict[str, object]:
    took = _duration(refresh.ended_at - refresh.started_at) if refresh.ended_at else ""
    return {"refresh": refresh, "took": took}


def _duration(span: timedelta) -> str:
    """Return how long a refresh took; `in_words` alone would say a minute of a second."""
    return in_words(span) if span >= timedelta(minutes=1) else f"{span.seconds} s"


def _warnings(condition: IndexCondition) -> list[str]:
    """Return the warnings of the index, then those of the refresh in progress, each once."""
    refreshes = (condition.complete, condition.running)
    return list(dict.fromkeys(str(one) for found in refreshes if found for one in found.warnings))
