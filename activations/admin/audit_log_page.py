"""`/admin/audit-log/`: what the comparison with Google's audit log found, and who changed eligible bindings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from activations.admin.as_of import moment
from activations.admin.logs_explorer import entry_address
from activations.domain.audit_entries import ChangeKind
from activations.domain.refusals import Moved
from activations.domain.rules import Refusal
from activations.google_audit.findings import LONGEST_COMMENT, close_finding
from activations.google_audit.sources import LATE, Coverage
from activations.models import (
    AuditChange,
    AuditedGrant,
    AuditFinding,
    JobRun,
    User,
)
from activations.people.actor import caller_of

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Part:
    """One page of a list, and the addresses of its neighbours; '' where there is none."""

    rows: Sequence[Any]
    newer: str
    older: str


@require_http_methods(["GET", "HEAD", "POST"])
def audit_log_page(request: HttpRequest) -> HttpResponse:
    """Show the findings and the changes of eligible bindings; a POST closes a finding.

    :raises PermissionDenied: for everybody except administrators and auditors.
    """
    person = request.user
    if not (isinstance(person, User) and person.permissions.sees_history):
        raise PermissionDenied("The audit log is for administrators and auditors.")
    if request.method != "POST":
        return _page(request, {})
    try:
        number = request.POST.get("finding", "")
        close_finding(
            int(number) if number.isascii() and number.isdigit() and len(number) < 19 else 0,
            actor=caller_of(request),
            comment=request.POST.get("comment", ""),
            now=moment(request),
        )
    except (Refusal, Moved) as error:
        status = 409 if isinstance(error, Moved) else 400
        return _page(request, {"problem": str(error)}, status=status)
    return redirect("admin:audit_log")


def _page(request: HttpRequest, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    coverage = Coverage.read(settings.AUDIT_LOG_VIEWS)
    shows_closed = "closed" in request.GET
    query = request.GET.get("q", "").strip()
    findings = AuditFinding.objects.select_related("entry", "grant__request")
    found = {
        **admin.site.each_context(request),
        "title": "Audit log",
        "as_of": moment(request),
        "coverage": coverage,
        "job": JobRun.objects.filter(name="audit").first(),
        "late_hours": int(LATE.total_seconds() // 3600),
        "confirmed": AuditedGrant.objects.exclude(entry=None).count(),
        "open": AuditFinding.objects.filter(closed_at=None).count(),
        "shows_closed": shows_closed,
        "findings": _part(
            request,
            findings.filter(closed_at__isnull=not shows_closed).order_by("-found_at", "-pk"),
            "page",
        ),
        "query": query,
        "changes": _part(request, _changes(query), "changes"),
        "longest_comment": LONGEST_COMMENT,
    }
    for finding in found["findings"].rows:
        finding.log_address = entry_address(finding.entry) if finding.entry else ""
    for change in found["changes"].rows:
        change.log_address = entry_address(change.entry)
    return TemplateResponse(request, "admin/audit_log.html", found | context, status=status)


def _changes(query: str) -> QuerySet[AuditChange]:
    changes = AuditChange.objects.filter(kind=ChangeKind.ELIGIBILITY).select_related("entry")
    if query:
        changes = changes.filter(
            Q(member__icontains=query)
            | Q(role__icontains=query)
            | Q(entry__principal__icontains=query)
            | Q(entry__resource__icontains=query)
        )
    return changes.order_by("-entry__at", "-pk")


def _part(request: HttpRequest, rows: QuerySet[Any], name: str) -> Part:
    text = request.GET.get(name, "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0
    found = list(rows[number * PAGE_SIZE : (number + 1) * PAGE_SIZE + 1])
    others = {key: str(value) for key, value in request.GET.items() if key != name}

    def address(page: int) -> str:
        return f"?{urlencode(others | {name: str(page)})}"

    return Part(
        found[:PAGE_SIZE],
        address(number - 1) if number else "",
        address(number + 1) if len(found) > PAGE_SIZE else "",
    )
