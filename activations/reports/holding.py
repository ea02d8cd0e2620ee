"""Reports about who holds what: at a moment, and over a period as a timeline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from django.db.models import QuerySet

from activations.domain.held import Span, Uninterrupted, uninterrupted
from activations.exports.access import in_order
from activations.exports.access_ends import actual_end, whose
from activations.exports.related import joined, relate_approvals, related
from activations.exports.snapshot import AT_ONCE
from activations.models import Grant
from activations.reports.drawing import Bars, Spans
from activations.reports.exceptions import truncated
from activations.reports.findings import MOST_ROWS, Findings, Heading, counted
from activations.reports.scope import Scope
from activations.reports.whole_accesses import whole_accesses

MOST_LANES = 30
WHAT = (
    Heading("person", "Person"),
    Heading("project", "Project"),
    Heading("role", "Role"),
    Heading("resource_condition", "Resource condition"),
)
_REASON = Heading("end_reason", "Ended because")


def holders(scope: Scope) -> Findings:
    """List who held which role at a moment, with approvers and rule."""
    grants = list(
        scope.held(scope.at, scope.at + timedelta(microseconds=1)).select_related("request")
    )
    ordered = sorted(grants, key=lambda grant: (*whose(grant), grant.start_time, grant.end_time))
    accesses = whole_accesses(ordered, scope.now)
    people = Counter(access.last.of.beneficiary_email for access in accesses)
    when = f"{scope.at:%Y-%m-%d %H:%M:%S} UTC"
    bars = sorted(people.items(), key=lambda item: (-item[1], item[0]))[:20]
    return Findings(
        f"At {when}, {counted(len(people), 'person', 'people')} held"
        f" {counted(len(accesses), 'role')} through JIT Access.",
        (
            *WHAT,
            Heading("start", "Since (UTC)"),
            Heading("end", "Ends or ended (UTC)"),
            Heading("approved_by", "Approved by"),
            Heading("rules", "Rules"),
        ),
        list(_held_rows(accesses[:MOST_ROWS])),
        Bars(bars) if bars else None,
        truncated(len(accesses)),
        lambda: _held_rows(accesses),
    )


def timeline(scope: Scope) -> Findings:
    """List the accesses of the period, and draw those of the first people and roles."""
    start, end = scope.days.start, min(scope.days.end, scope.now)
    rows = scope.held(start, end).select_related("request")
    grants = list(rows.order_by("start_time", "pk")[: MOST_ROWS + 1])
    first = sorted(grants[:MOST_ROWS], key=lambda grant: (*whose(grant), grant.start_time))
    accesses = list(_accesses(first, scope.now))
    lanes: dict[str, list[tuple[datetime, datetime | None]]] = {}
    for access in accesses:
        grant = access.last.of
        name = f"{grant.beneficiary_email}, {grant.role} on {grant.project_id}"
        lanes.setdefault(name, []).append((access.start, access.end))
    drawn = list(lanes.items())[:MOST_LANES]
    accesses.sort(key=lambda access: access.start)
    notes = [truncated(len(grants))]
    if len(lanes) > MOST_LANES:
        notes.append(f"The chart shows the first {MOST_LANES} of {len(lanes)} people and roles.")
    return Findings(
        f"{counted(len(accesses), 'access', 'accesses')} from {scope.days}, each from its start to its"
        " actual end.",
        (*WHAT, Heading("start", "Start (UTC)"), Heading("end", "End (UTC)"), _REASON),
        [_lasted(one, scope.now) for one in accesses],
        Spans(start, end, drawn) if drawn and end > start else None,
        " ".join(note for note in notes if note),
        (lambda: _whole_timeline(rows, scope.now)) if len(grants) > MOST_ROWS else None,
    )


def _whole_timeline(rows: QuerySet[Grant], now: datetime) -> Iterator[Sequence[object]]:
    """Yield all accesses, by person; one at a time is in memory."""
    for access in _accesses(in_order(rows).iterator(chunk_size=AT_ONCE), now):
        yield _lasted(access, now)


def _accesses(grants: Iterable[Grant], now: datetime) -> Iterator[Uninterrupted[Grant]]:
    """Merge the grants of one person and role, which are in the order of their starts."""
    for _, of_one in groupby(grants, key=whose):
        spans = (Span(grant.start_time, actual_end(grant, now), grant) for grant in of_one)
        yield from uninterrupted(spans)


def _what(access: Uninterrupted[Grant]) -> Sequence[object]:
    grant = access.last.of
    return (grant.beneficiary_email, grant.project_id, grant.role, grant.resource_condition)


def _held_rows(accesses: Sequence[Uninterrupted[Grant]]) -> Iterator[Sequence[object]]:
    for place in range(0, len(accesses), AT_ONCE):
        block = accesses[place : place + AT_ONCE]
        relate_approvals(part.of.request for access in block for part in access.parts)
        yield from map(_held, block)


def _held(access: Uninterrupted[Grant]) -> tuple[object, ...]:
    requests = [part.of.request for part in access.parts]
    approvers = joined(name for request in requests for name in related(request).approved_by)
    return (
        *_what(access),
        access.start,
        access.end or max(part.of.end_time for part in access.parts),
        approvers or "self-approved",
        joined(request.granted_rule for request in requests),
    )


def _lasted(access: Uninterrupted[Grant], now: datetime) -> Sequence[object]:
    return (*_what(access), access.start, access.end, _reason(access, now))


def _reason(access: Uninterrupted[Grant], now: datetime) -> str:
    return str(access.last.of.reason(now) or "") if access.end else ""
