"""Reports about activations: by day and outcome, and those that are most frequent."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date

from django.db.models import Case, CharField, Count, Value, When

from activations.domain.states import EndReason, Status
from activations.models.statuses import grant_ended_by_time, grant_has
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


def _outcome(scope: Scope) -> Case:
    """Return the expression for the outcome of a grant, as of the moment of the page."""
    now = scope.now
    conditions = {
        AS_PLANNED: grant_ended_by_time(now),
        FAILED: grant_has(Status.FAILED, now),
        WITHDRAWN: grant_has(Status.WITHDRAWN, now),
    }
    whens = [When(condition, then=Value(key)) for key, condition in conditions.items()]
    whens.append(When(end_reason=EndReason.EXTENDED, then=Value(EXTENDED)))
    whens.append(When(grant_has(Status.ENDED, now), then=Value(EARLY)))
    return Case(*whens, default=Value(UNDER_WAY), output_field=CharField())


def by_day(scope: Scope) -> Findings:
    """Count activations by the day of their start, and by outcome."""
    step = scope.step()
    rows = scope.started().annotate(first=step_of("start_time", step), outcome=_outcome(scope))
    counts: dict[date, Counter[str]] = defaultdict(Counter)
    for first, outcome, count in (
        rows.order_by().values_list("first", "outcome").annotate(count=Count("pk"))
    ):
        counts[first][outcome] += count
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
        rows = scope.started().order_by().values_list(column).annotate(count=Count("pk"))
        table = list(rows.order_by("-count", column)[:MOST_BARS])
        shown = sum(count for _, count in table)
        first = f"; first: {table[0][0]}" if table else ""
        return Findings(
            f"{counted(shown, 'activation')} of the {counted(len(table), 'line')} below, "
            f"from {scope.days}{first}.",
            (heading, Heading("activations", "Activations", is_number=True)),
            table,
            Bars([(str(value), count) for value, count in table]) if table else None,
            f"At most {MOST_BARS} are listed. Activations that failed or were withdrawn count, too.",
        )

    return find
