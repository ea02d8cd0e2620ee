"""Reports about activations: by day and outcome, and those that are most frequent."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date

from django.db.models import BooleanField, Count, ExpressionWrapper, Q

from activations.domain.states import EndReason, GrantState, Status, grant_status
from activations.exports.snapshot import AT_ONCE
from activations.reports.drawing import Bars, Columns
from activations.reports.findings import Findings, Heading, counted
from activations.reports.scope import Scope, step_of

MOST_BARS = 20
UNDER_WAY, FAILED, WITHDRAWN = "under_way", "failed", "withdrawn"
AS_PLANNED, EXTENDED, EARLY = "ended_as_planned", "extended", "ended_early"
# Every grant has exactly one of these outcomes.
OUTCOMES = {
    AS_PLANNED: "Ended as planned",
    EXTENDED: "Extended by a later request",
    EARLY: "Ended early",
    UNDER_WAY: "Active or about to start",
    FAILED: "Failed",
    WITHDRAWN: "Withdrawn before the start",
}
ENDED_AS: dict[str, str] = {EndReason.EXPIRED: AS_PLANNED, EndReason.EXTENDED: EXTENDED}


def _outcome(state: str, end_reason: str, *, is_over: bool) -> str:
    """Return the outcome of grants in this state, whose planned end is over or not."""
    status = grant_status(GrantState(state), is_over=is_over)
    if status in {Status.FAILED, Status.WITHDRAWN}:
        return FAILED if status is Status.FAILED else WITHDRAWN
    if status is not Status.ENDED:
        return UNDER_WAY
    return ENDED_AS.get(end_reason or EndReason.EXPIRED, EARLY)


def by_day(scope: Scope) -> Findings:
    """Count activations by the day of their start, and by outcome."""
    step = scope.step()
    counts: dict[date, Counter[str]] = defaultdict(Counter)
    # Grouped by what an index has; to find the outcome in the database takes twice as long.
    is_over = ExpressionWrapper(Q(end_time__lte=scope.now), output_field=BooleanField())
    rows = scope.started().order_by().annotate(first=step_of("start_time", step), is_over=is_over)
    grouped = rows.values_list("first", "state", "end_reason", "is_over")
    for first, state, reason, over, count in grouped.annotate(count=Count("*")):
        counts[first][_outcome(state, reason, is_over=over)] += count
    firsts = scope.firsts(step)
    totals = {first: counts[first].total() for first in firsts}
    table = [(first, totals[first], *(counts[first][key] for key in OUTCOMES)) for first in firsts]
    summary = f"{counted(sum(totals.values()), 'activation')} from {scope.days}"
    if any(totals.values()):
        busiest = max(firsts, key=lambda first: totals[first])
        summary += f"; the most in one {step}: {totals[busiest]:,}, {busiest}"
    series = [(label, [counts[first][key] for first in firsts]) for key, label in OUTCOMES.items()]
    return Findings(
        f"{summary}.",
        (
            Heading(step.value, f"{step.capitalize()} (UTC)"),
            Heading("activations", "Activations", is_number=True),
            *(Heading(key, label, is_number=True) for key, label in OUTCOMES.items()),
        ),
        table,
        Columns([str(first) for first in firsts], series),
    )


def most(column: str, heading: Heading) -> Callable[[Scope], Findings]:
    """Return the report of the values of a column of grants that occur most."""

    def find(scope: Scope) -> Findings:
        rows = scope.started().order_by().values_list(column).annotate(count=Count("*"))
        ordered = rows.order_by("-count", column)
        table = list(ordered[:MOST_BARS])
        shown = sum(count for _, count in table)
        first = f"; first: {table[0][0]}" if table else ""
        return Findings(
            f"{counted(shown, 'activation')} of the {counted(len(table), 'line')} below, "
            f"from {scope.days}{first}.",
            (heading, Heading("activations", "Activations", is_number=True)),
            table,
            Bars([(str(value), count) for value, count in table]) if table else None,
            f"At most {MOST_BARS} are listed; the CSV file has all. Activations that failed or were"
            " withdrawn count, too.",
            lambda: ordered.iterator(chunk_size=AT_ONCE),
        )

    return find
