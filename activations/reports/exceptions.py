"""Reports about what deserves a second look: extensions and break glass."""

from __future__ import annotations

from django.db.models import Count, Max

from activations.domain.labels import AFTER_REVIEW_STATES, OVERDUE_REVIEW
from activations.exports.snapshot import AT_ONCE
from activations.models import Request
from activations.reports.drawing import Bars, Columns
from activations.reports.findings import MOST_ROWS, Findings, Heading, counted
from activations.reports.scope import Scope, first_of


def extensions(scope: Scope) -> Findings:
    """Count who extended access on which project, and how often."""
    rows = scope.requested().filter(extends__isnull=False).order_by()
    columns = ("beneficiary_email", "project_id")
    found = rows.values_list(*columns).annotate(count=Count("pk"), last=Max("requested_at"))
    ordered = found.order_by("-count", *columns)
    table = list(ordered[: MOST_ROWS + 1])
    total = rows.count() if len(table) > MOST_ROWS else sum(row[2] for row in table)
    bars = [(f"{person} on {project}", count) for person, project, count, _ in table[:20]]
    return Findings(
        f"{counted(total, 'request')} from {scope.days} extended access.",
        (
            Heading("person", "Person"),
            Heading("project", "Project"),
            Heading("extensions", "Extensions", is_number=True),
            Heading("last_requested_at", "Last requested (UTC)"),
        ),
        table[:MOST_ROWS],
        Bars(bars) if bars else None,
        truncated(len(table)),
        lambda: ordered.iterator(chunk_size=AT_ONCE),
    )


def break_glass(scope: Scope) -> Findings:
    """List the uses of break glass, with their reviews."""
    rows = scope.requested().filter(break_glass=True)
    shown = rows.select_related("opened_after_review").prefetch_related("grants")
    ordered = shown.order_by("-requested_at", "-pk")
    listed = list(ordered[: MOST_ROWS + 1])
    step = scope.step()
    firsts = scope.firsts(step)
    counts = dict.fromkeys(firsts, 0)
    for at in rows.order_by().values_list("requested_at", flat=True):
        counts[first_of(at.date(), step)] += 1
    judged = sum(bool(one.after_review and one.after_review.judged_at) for one in listed)
    return Findings(
        f"{counted(sum(counts.values()), 'use')} of break glass from {scope.days};"
        f" {counted(judged, 'review')} of those listed completed.",
        (
            Heading("requested_at", "Requested (UTC)"),
            Heading("person", "Person"),
            Heading("project", "Project"),
            Heading("roles", "Roles"),
            Heading("justification", "Justification"),
            Heading("review", "Review"),
            Heading("reviewed_by", "Reviewed by"),
            Heading("reviewed_at", "Reviewed (UTC)"),
        ),
        [_use(one, scope) for one in listed[:MOST_ROWS]],
        Columns([str(first) for first in firsts], [("Uses of break glass", list(counts.values()))]),
        truncated(len(listed)),
        lambda: (_use(one, scope) for one in ordered.iterator(chunk_size=AT_ONCE)),
    )


def _use(request: Request, scope: Scope) -> tuple[object, ...]:
    review = request.after_review
    state = "No access was granted"
    if review:
        state = AFTER_REVIEW_STATES[review.state]
        state = OVERDUE_REVIEW if review.is_overdue(scope.now) else state
    return (
        request.requested_at,
        request.beneficiary_email,
        request.project_id,
        sorted({grant.role for grant in request.grants.all()}),
        request.justification,
        state,
        review.reviewer_email if review else "",
        review.judged_at if review else None,
    )


def truncated(found: int) -> str:
    """Return the note about rows that are missing; '' when all are there."""
    if found <= MOST_ROWS:
        return ""
    return f"Only the first {MOST_ROWS} rows are here. The CSV file has all."
