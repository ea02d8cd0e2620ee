"""`/admin/reports/`: charts with their tables; filters are in the address, so that a link is a saved view."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from datetime import UTC, date, datetime
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from activations.admin.as_of import moment
from activations.admin.cells import utc
from activations.admin.reports_filters import SHOWN, Filters, read_filters, scope_of
from activations.domain.chain import timestamp
from activations.domain.periods import PRESETS
from activations.domain.rules import Refusal
from activations.domain.text import visible
from activations.evidence.recording import Step, record, recording
from activations.exports.columns import Column, Layout
from activations.exports.csv_lines import csv_lines
from activations.exports.download import download_of
from activations.exports.snapshot import blocks, snapshot
from activations.models import User
from activations.people.actor import caller_of
from activations.reports.catalogue import REPORTS
from activations.reports.findings import Findings, Report
from activations.reports.scope import Scope

Row = Sequence[Any]


@require_safe
def reports_page(request: HttpRequest) -> HttpResponse:
    """List the reports.

    :raises PermissionDenied: for everybody except administrators and auditors.
    """
    _check(request)
    context = {
        **admin.site.each_context(request),
        "title": "Reports",
        "reports": [(report, _address(report)) for report in REPORTS.values()],
    }
    return TemplateResponse(request, "admin/reports/index.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def report_page(request: HttpRequest, name: str) -> HttpResponseBase:
    """Show a report; a POST returns its table as CSV, and records the export.

    :raises PermissionDenied: for everybody except administrators and auditors.
    :raises Http404: when there is no such report.
    """
    _check(request)
    if (report := REPORTS.get(name)) is None:
        raise Http404(f"There is no report {name}. See the list of reports.")
    filters = read_filters(request)
    try:
        scope = scope_of(filters, now=moment(request))
    except Refusal as error:
        return _page(request, report, filters, {"problem": str(error)}, status=400)
    findings = report.find(scope)
    if request.method == "POST":
        return _file(request, report, scope, findings)
    return _page(request, report, filters, _shown(findings))


def _check(request: HttpRequest) -> None:
    person = request.user
    if not (isinstance(person, User) and person.permissions.sees_history):
        raise PermissionDenied("Reports are for administrators and auditors.")


def _address(report: Report) -> str:
    return reverse("admin:report", args=[report.name])


def _page(
    request: HttpRequest,
    report: Report,
    filters: Filters,
    shown: dict[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    address = _address(report)
    query = urlencode(filters)
    kept = {name: value for name, value in filters.items() if name in {"project", "role", "person"}}
    context = {
        **admin.site.each_context(request),
        "title": report.title,
        "report": report,
        "filters": filters,
        "fields": [(name, label, hint, filters.get(name, "")) for name, label, hint in SHOWN],
        "presets": PRESETS.items(),
        "quick": [
            (label, f"{address}?{urlencode(kept | {'period': value})}")
            for value, label in PRESETS.items()
        ],
        "address": f"{address}?{query}".rstrip("?"),
        "clear": address,
        "others": [(one.title, _linked(one, filters)) for one in REPORTS.values()],
        "as_of": moment(request),
        **shown,
    }
    return TemplateResponse(request, "admin/reports/report.html", context, status=status)


def _linked(report: Report, filters: Filters) -> str:
    """Return the address of a report with the same filters."""
    return f"{_address(report)}?{urlencode(filters)}".rstrip("?")


def _shown(findings: Findings) -> dict[str, Any]:
    return {
        "findings": findings,
        "chart": findings.chart,
        "drawing": findings.chart.drawing() if findings.chart else None,
        "rows": [_cells(row, findings) for row in findings.rows],
    }


def _cells(row: Row, findings: Findings) -> list[tuple[str, bool, Any]]:
    return [
        (heading.label, heading.is_number, _cell(value))
        for heading, value in zip(findings.headings, row, strict=True)
    ]


def _cell(value: Any) -> Any:
    """Return a value as the page shows it."""
    if isinstance(value, datetime):
        return utc(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (int, float)):
        return f"{value:,}"
    if isinstance(value, (list, tuple)):
        return visible(", ".join(map(str, value)))
    return "" if value is None else visible(str(value))


def _file(
    request: HttpRequest, report: Report, scope: Scope, findings: Findings
) -> StreamingHttpResponse:
    """:raises PermissionDenied: for people who may not export."""
    if not request.user.has_perm("activations.export_history"):
        raise PermissionDenied("Only administrators and auditors can export reports.")
    layout = _layout(report, findings)
    # A table that is longer than the page is counted by reading it, so that memory does not grow with it.
    count = sum(1 for _ in findings.all_rows())
    _record(request, layout, findings, count)
    stamp = scope.now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    return download_of(
        _lines(layout, findings, scope.now),
        name=f"jit-access-{layout.schema}-{stamp}.csv",
        content_type="text/csv; charset=utf-8",
    )


def _layout(report: Report, findings: Findings) -> Layout[Row]:
    columns = tuple(
        Column(heading.name, heading.label, _reader(place))
        for place, heading in enumerate(findings.headings)
    )
    return Layout(f"report-{report.name}", 1, columns)


def _reader(place: int) -> Any:
    return lambda row, _: row[place]


def _record(request: HttpRequest, layout: Layout[Row], findings: Findings, count: int) -> None:
    at = moment(request)
    details = {
        "columns": layout.schema,
        "filters": request.GET.urlencode(),
        "filters_in_words": [findings.summary],
        "format": "csv",
        "rows": count,
        "as_of": timestamp(at),
    }
    step = Step(kind="history.exported", at=at, actor=caller_of(request), details=details)
    with recording():
        record(step)


def _lines(layout: Layout[Row], findings: Findings, as_of: datetime) -> Generator[bytes]:
    with snapshot():
        yield from blocks(csv_lines(findings.all_rows(), layout=layout, as_of=as_of))
