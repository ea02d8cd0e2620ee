"""Filters by a period: whole days in UTC, first and last day included."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from activations.admin.filters.base import Field, HistoryFilter
from activations.domain.states import NEVER_ACTIVE
from activations.models import Grant


def first_moment(day: date) -> datetime:
    """Return the beginning of the day in UTC."""
    return datetime.combine(day, time(), tzinfo=UTC)


def moment_after(day: date) -> datetime | None:
    """Return the end of the day in UTC, exclusive; None for the last day of the calendar."""
    return first_moment(day + timedelta(days=1)) if day < date.max else None


class PeriodFilter(HistoryFilter):
    """Two days; either may be empty."""

    explanation: ClassVar[str] = ""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        first, last = (self._day(name) for name in self.parameters)
        self.start = first_moment(first) if first else None
        self.end = moment_after(last) if last else None
        if first and last and last < first:
            self.error = f"{self.title}: the last day is before the first."

    def _day(self, name: str) -> date | None:
        text = self.value(name)
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            self.error = f"{self.title}: “{text}” is not a date like 2025-01-31."
            return None

    @property
    def fields(self) -> list[Field]:
        first, last = self.parameters
        return [
            Field(first, "from", self.value(first), kind="date"),
            Field(last, "to", self.value(last), kind="date"),
        ]

    @property
    def words(self) -> str:
        first, last = (self.value(name) for name in self.parameters)
        if not first and not last:
            return ""
        begins = f" from {first}" if first else ""
        ends = f" to {last}" if last else ""
        return f"{self.title}:{begins}{ends} (whole days, UTC)"

    def narrowed(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        if self.start is None and self.end is None:
            return rows
        return self.within(rows)

    def within(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows in the period."""
        raise NotImplementedError


class MomentInPeriod(PeriodFilter):
    """Selects rows with one moment in the period."""

    column: ClassVar[str] = ""

    def condition(self) -> Q:
        condition = Q()
        if self.start:
            condition &= Q(**{f"{self.column}__gte": self.start})
        if self.end:
            condition &= Q(**{f"{self.column}__lt": self.end})
        return condition

    def within(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(self.condition())


class RequestedIn(MomentInPeriod):
    """Selects by the time of the request."""

    title = "Requested in"
    parameters = ("requested_from", "requested_to")
    column = "requested_at"


class HappenedIn(MomentInPeriod):
    """Selects by the time of the event."""

    title = "Happened in"
    parameters = ("happened_from", "happened_to")
    column = "at"


class StartedIn(MomentInPeriod):
    """Selects by the start of access."""

    title = "Started in"
    explanation = "Access started on one of these days."
    parameters = ("started_from", "started_to")
    column = "start_time"


class ActiveDuring(PeriodFilter):
    """Selects by when access was active, including access that started earlier or ended later."""

    title = "Active during"
    explanation = "Access was active at some time on these days, whenever it started."
    parameters = ("active_from", "active_to")

    def grants(self, rows: QuerySet[Grant]) -> QuerySet[Grant]:
        """Return the grants that overlap the period, without those that were never active."""
        rows = rows.exclude(state__in=NEVER_ACTIVE)
        if self.end:
            rows = rows.filter(start_time__lt=self.end)
        if self.start:
            rows = rows.alias(over=Coalesce("ended_at", "end_time")).filter(over__gt=self.start)
        return rows

    def within(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return self.grants(rows)


class RequestsStartedIn(StartedIn):
    """Selects requests of which a grant started in the period."""

    def within(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        grants = Grant.objects.filter(self.condition())
        return rows.filter(id__in=grants.values("request_id"))


class RequestsActiveDuring(ActiveDuring):
    """Selects requests of which a grant was active in the period."""

    def within(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        grants = self.grants(Grant.objects.all())
        return rows.filter(id__in=grants.values("request_id"))


class OpenedIn(MomentInPeriod):
    """Selects after-reviews by when access was granted."""

    title = "Granted in"
    explanation = "Access with break glass was granted on one of these days."
    parameters = ("opened_from", "opened_to")
    column = "opened_at"
