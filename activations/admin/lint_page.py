"""`/admin/lint/`: bindings that grant outright, or that make nobody eligible, with the command that fixes each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from activations.admin.as_of import moment
from activations.models import User
from eligibility.facts import attached_to, place
from eligibility.index.served import served
from eligibility.lint.finding import LABELS, Finding, Kind
from eligibility.lint.indexed import Position, count_granting, lint
from eligibility.models import Refresh
from googlecloud.calls import Deadline

PAGE_SIZE = 50
MOST_MEMBERS = 20
# Pages answer sooner than load balancers give up; the next page continues.
SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Row:
    """A finding as the table shows it."""

    finding: Finding
    chip: str
    where: str

    @classmethod
    def of(cls, finding: Finding) -> Row:
        return cls(finding, _chip(finding.kind), place(attached_to(finding.node)))

    @property
    def members(self) -> Sequence[str]:
        return self.finding.members[:MOST_MEMBERS]

    @property
    def more_members(self) -> int:
        return len(self.finding.members) - len(self.members)


@dataclass(frozen=True, slots=True)
class Page:
    """Some findings, and where the next page begins; None after the last."""

    rows: Sequence[Row]
    next: Position | None


@require_safe
def lint_page(request: HttpRequest) -> HttpResponse:
    """Show one page of findings.

    :raises PermissionDenied: for everybody except administrators and auditors.
    """
    person = request.user
    if not (isinstance(person, User) and person.permissions.sees_history):
        raise PermissionDenied("Lint is for administrators and auditors.")
    now = moment(request)
    refresh = served(now)
    context = {
        **admin.site.each_context(request),
        "title": "Lint",
        "subtitle": None,
        "kinds": LABELS.items(),
        "refresh": refresh,
        **(_filtered(request, refresh, now) if refresh else {}),
    }
    return TemplateResponse(request, "admin/lint.html", context)


def _filtered(request: HttpRequest, refresh: Refresh, now: datetime) -> dict[str, Any]:
    name, query = request.GET.get("kind", ""), request.GET.get("q", "").strip()
    kind = Kind(name) if name in list(Kind) else None
    after = Position.parse(request.GET.get("after", ""))
    page = _page(refresh, now=now, kind=kind, query=query, after=after)
    chosen = {"kind": kind.value if kind else "", "q": query}
    filters = {name: value for name, value in chosen.items() if value}
    return {
        "kind": chosen["kind"],
        "query": query,
        "is_filtered": bool(filters),
        "is_first": after == Position(),
        "first_address": f"{request.path}?{urlencode(filters)}".rstrip("?"),
        "next_address": f"{request.path}?{urlencode(filters | {'after': str(page.next)})}"
        if page.next
        else "",
        "page": page,
        "granting": count_granting(refresh),
        "granting_kind": Kind.REALLY_GRANTS.value,
    }


def _page(
    refresh: Refresh, *, now: datetime, kind: Kind | None, query: str, after: Position
) -> Page:
    """Read bindings until the page is full or its time is used up."""
    deadline = Deadline(SECONDS)
    rows: list[Row] = []
    found = lint(refresh, now=now, reviewers=settings.REVIEWERS, after=after, kind=kind)
    for linted in found:
        rows += [row for row in map(Row.of, linted.findings) if _matches(row, query)]
        if len(rows) >= PAGE_SIZE or deadline.expired:
            return Page(rows, linted.position if next(found, None) else None)
    return Page(rows, None)


def _matches(row: Row, query: str) -> bool:
    finding = row.finding
    texts = (finding.label, finding.node, row.where, finding.role, finding.text, *finding.members)
    return not query or any(query.casefold() in text.casefold() for text in texts)


def _chip(kind: Kind) -> str:
    if kind is Kind.REALLY_GRANTS:
        return "chip-failed"
    return "" if kind is Kind.NOT_BEGUN else "chip-activation_pending"
