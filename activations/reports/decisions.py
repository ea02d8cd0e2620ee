"""Reports about requests that need approval: how long decisions take, and what becomes of requests."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    DurationField,
    ExpressionWrapper,
    F,
    Q,
    QuerySet,
    Value,
    When,
    Window,
)
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import RowNumber

from activations.domain.states import RequestState
from activations.models import Request
from activations.models.statuses import is_overdue
from activations.reports.drawing import Columns
from activations.reports.findings import Findings, Heading, counted, minutes
from activations.reports.scope import Scope, Step, step_of

DECIDED = (RequestState.APPROVED, RequestState.DECLINED)
RESULTS = {
    RequestState.APPROVED: "Approved",
    RequestState.DECLINED: "Declined",
    RequestState.EXPIRED: "Expired without a decision",
    RequestState.WITHDRAWN: "Withdrawn",
    RequestState.PENDING: "Still waiting",
}
Quantiles = dict[date | None, tuple[int, timedelta, timedelta]]


def _asked(scope: Scope) -> QuerySet[Request]:
    """Return the requests for which reviewers were asked here."""
    return scope.requested().filter(activation_type="MPA", adopted_key="")


def time_to_decision(scope: Scope) -> Findings:
    """Measure the time from a request to the decision that approved or declined it."""
    step = scope.step(Step.WEEK)
    rows = _asked(scope).filter(state__in=DECIDED, decided_at__isnull=False)
    rows = rows.annotate(
        took=ExpressionWrapper(F("decided_at") - F("requested_at"), output_field=DurationField()),
        first=step_of("requested_at", step),
    )
    found = _quantiles(rows)
    whole = found.get(None)
    firsts = scope.firsts(step)
    table = [(first, *_in_minutes(found.get(first))) for first in firsts]
    medians = [row[2] or 0 for row in table]
    beyond = [round((row[3] or 0) - (row[2] or 0), 1) for row in table]
    return Findings(
        _summary(scope, whole),
        (
            Heading(step.value, f"{step.capitalize()} from (UTC)"),
            Heading("decisions", "Decisions", is_number=True),
            Heading("median_minutes", "Median (minutes)", is_number=True),
            Heading("p90_minutes", "90 % within (minutes)", is_number=True),
        ),
        table,
        Columns(
            [str(first) for first in firsts],
            [("Median, in minutes", medians), ("Up to the time of 90 %", beyond)],
        ),
    )


def _quantiles(rows: QuerySet[Request]) -> Quantiles:
    """Return the number of decisions, the median and the 90th percentile of each step, and of all as None.

    By nearest rank: the smallest time that is not below those of half, or nine tenths, of all.
    """
    places: list[tuple[str, Any]] = [("step", {"partition_by": [F("first")]}), ("all", {})]
    wanted = Q()
    for name, by in places:
        rows = rows.annotate(
            **{
                f"{name}_place": Window(RowNumber(), order_by=[F("took")], **by),
                f"{name}_count": Window(Count("*"), **by),
            }
        )
        wanted |= Q(**{f"{name}_place": _rank(name, 5)}) | Q(**{f"{name}_place": _rank(name, 9)})
    columns = ("took", "first", "step_place", "step_count", "all_place", "all_count")
    found: dict[date | None, dict[int, timedelta]] = defaultdict(dict)
    counts: dict[date | None, int] = {}
    for took, first, *ranks in rows.filter(wanted).values_list(*columns):
        for key, place, count in ((first, *ranks[:2]), (None, *ranks[2:])):
            counts[key] = count
            for tenths in (5, 9):
                if place == (count * tenths + 9) // 10:
                    found[key][tenths] = took
    return {key: (counts[key], each[5], each[9]) for key, each in found.items()}


def _rank(name: str, tenths: int) -> CombinedExpression:
    """Return the expression for the place that so many tenths of all reach, counted from 1."""
    return (F(f"{name}_count") * tenths + 9) / 10


def _in_minutes(
    found: tuple[int, timedelta, timedelta] | None,
) -> tuple[int, float | None, float | None]:
    return (found[0], minutes(found[1]), minutes(found[2])) if found else (0, None, None)


def _summary(scope: Scope, whole: tuple[int, timedelta, timedelta] | None) -> str:
    if whole is None:
        return f"No request from {scope.days} was decided."
    count, median, nine_tenths = _in_minutes(whole)
    return (
        f"{counted(count, 'request')} from {scope.days} were decided: half within {median:,} minutes,"
        f" 90 % within {nine_tenths:,} minutes."
    )


def results(scope: Scope) -> Findings:
    """Count the requests that needed approval by what became of them."""
    step = scope.step()
    is_expired = When(is_overdue(scope.now), then=Value(RequestState.EXPIRED.value))
    result = Case(is_expired, default=F("state"), output_field=CharField())
    rows = _asked(scope).annotate(first=step_of("requested_at", step), result=result)
    counts: dict[date, Counter[str]] = defaultdict(Counter)
    for first, state, count in (
        rows.order_by().values_list("first", "result").annotate(count=Count("pk"))
    ):
        counts[first][state] += count
    whole = sum(counts.values(), Counter())
    firsts = scope.firsts(step)
    series = [(label, [counts[first][key] for first in firsts]) for key, label in RESULTS.items()]
    return Findings(
        f"Of {counted(whole.total(), 'request')} for approval from {scope.days},"
        f" {whole[RequestState.DECLINED]:,} were declined and {whole[RequestState.EXPIRED]:,} expired"
        " without a decision.",
        (
            Heading(step.value, f"{step.capitalize()} (UTC)"),
            *(Heading(key.value, label, is_number=True) for key, label in RESULTS.items()),
        ),
        [(first, *(counts[first][key] for key in RESULTS)) for first in firsts],
        Columns([str(first) for first in firsts], series),
    )
