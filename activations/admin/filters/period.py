"""Filters by a period: whole days in UTC, first and last day included."""

from __future__ import annotations

from datetime import UTC, date
from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from activations.admin.as_of import moment
from activations.admin.filters.base import Field, HistoryFilter
from activations.domain.periods import PRESETS, first_moment, moment_after, preset
from activations.domain.states import NEVER_ACTIVE
from activations.models import Grant
from activations.models.lasting import can_last


class PeriodFilter(HistoryFilter):
    """Two days, either of which may be empty; or the name of a preset, which takes precedence."""

    explanation: ClassVar[str] = ""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.chosen = self.value(self.parameters[2])
        first, last = self._days()
        self.start = first_moment(first) if first else None
        self.end = moment_after(last) if last else None
        if first and last and last < first:
            self.error = f"{self.title}: the last day is before the first."

    def _days(self) -> tuple[date | None, date | None]:
        if not self.chosen:
            first, last = (self._day(name) for name in self.parameters[:2])
            return first, last
        days = preset(self.chosen, today=moment(self.request).astimezone(UTC).date())
        if days is None:
            self.error = f"{self.title}: there is no period “{self.chosen}”."
            return None, None
        return days.first, days.last

    def _day(self, name: str) -> date | None:
        text = self.value(name)
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            self.error = f"{self.title}: “{text}” is not a date like 2025-01-31."
            return None

    @property
    def fields(self) -> list[Field]:
        first, last, named = self.parameters
        choices = (("", "the days below"), *PRESETS.items())
        return [
            Field(named, "in", self.chosen, "select", choices=choices),
            Field(first, "from", self.value(first), kind="date"),
            Field(last, "to", self.value(last), kind="date"),
        ]

    @property
    def words(self) -> str:
        first, last = (self._shown(name) for name in (0, 1))
        if not first and not last:
            return ""
        begins = f" from {first}" if first else ""
        ends = f" to {last}" if last else ""
        return f"{self.title}:{begins}{ends} (whole days, UTC)"

    def _shown(self, number: int) -> str:
        """Return a day as entered, or as the preset has it."""
        if not self.chosen or self.error:
            return self.value(self.parameters[number])
        return str(self._days()[number] or "")

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
    parameters = ("requested_from", "requested_to", "requested_in")
    column = "requested_at"


class HappenedIn(MomentInPeriod):
    """Selects by the time of the event."""

    title = "Happened in"
    parameters = ("happened_from", "happened_to", "happened_in")
    column = "at"


class StartedIn(MomentInPeriod):
    """Selects by the start of access."""

    title = "Started in"
    explanation = "Access started on one of these days."
    parameters = ("started_from", "started_to", "started_in")
    column = "start_time"


class ActiveDuring(PeriodFilter):
    """Selects by when access was active, including access that started earlier or ended later."""

    title = "Active during"
    explanation = "Access was active at some time on these days, whenever it started."
    parameters = ("active_from", "active_to", "active_in")

    def grants(self, rows: QuerySet[Grant]) -> QuerySet[Grant]:
        """Return the grants that overlap the period, without those that were never active."""
        rows = rows.exclude(state__in=NEVER_ACTIVE)
        if self.end:
            rows = rows.filter(start_time__lt=self.end)
        if self.start:
            rows = rows.filter(can_last(self.start))
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
    parameters = ("opened_from", "opened_to", "opened_in")
    column = "opened_at"
