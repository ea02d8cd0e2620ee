"""What a report is about: a period, a moment, and optionally a project, a role and a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from django.db.models import DateField, Q, QuerySet
from django.db.models.functions import Coalesce, Trunc, TruncDate

from activations.domain.periods import Days
from activations.exports.access_ends import HELD
from activations.models import EligibleMember, Grant, Request
from activations.models.lasting import can_last
from activations.reports.matching import (
    acting_on,
    applies_to,
    asks_for_role,
    has_eligible_role,
    is_person,
    matches,
    matches_role,
)
from eligibility.models import Refresh

# Beyond this, a chart would have more columns than pixels.
MOST_STEPS = 366


class Step(StrEnum):
    """The length of one column of a chart."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


LENGTHS = {Step.DAY: timedelta(days=1), Step.WEEK: timedelta(days=7)}


@dataclass(frozen=True, slots=True)
class Scope:
    """The filters of a report; texts are those that were entered, '' for all.

    `now` decides what is active; `at` is the moment of reports about one moment.
    """

    days: Days
    now: datetime
    at: datetime
    project: str = ""
    role: str = ""
    person: str = ""

    def started(self) -> QuerySet[Grant]:
        """Return the grants that started, or are to start, in the period."""
        inside = Q(start_time__gte=self.days.start, start_time__lt=self.days.end)
        return Grant.objects.filter(inside & self._grants())

    def requested(self) -> QuerySet[Request]:
        """Return the requests that were made in the period."""
        condition = Q(requested_at__gte=self.days.start, requested_at__lt=self.days.end)
        condition &= self._project_and_person()
        if self.role:
            condition &= asks_for_role(self.role)
        return Request.objects.filter(condition)

    def held(self, start: datetime, end: datetime) -> QuerySet[Grant]:
        """Return the grants that gave access at some time from `start` until before `end`."""
        rows = Grant.objects.filter(self._grants(), can_last(start), state__in=HELD)
        rows = rows.filter(start_time__lt=end)
        return rows.alias(over=Coalesce("ended_at", "end_time")).filter(over__gt=start)

    def eligible(self, refresh: Refresh) -> QuerySet[EligibleMember]:
        """Return the members of eligible bindings in the index."""
        rows = EligibleMember.objects.filter(refresh=refresh).exclude(binding__activation_type="")
        if self.project:
            rows = rows.filter(acting_on(self.project, refresh))
        if self.role:
            rows = rows.filter(has_eligible_role(self.role, refresh))
        return rows.filter(applies_to(self.person.lower())) if self.person else rows

    def _project_and_person(self) -> Q:
        condition = matches("project_id", self.project) if self.project else Q()
        return condition & is_person(self.person) if self.person else condition

    def _grants(self) -> Q:
        condition = self._project_and_person()
        return condition & matches_role("role", self.role) if self.role else condition

    def step(self, finest: Step = Step.DAY) -> Step:
        """Return how long one column is, so that there are not too many."""
        length = (self.days.last - self.days.first).days + 1
        return finest if length <= MOST_STEPS else Step.MONTH

    def firsts(self, step: Step) -> list[date]:
        """Return the first day of each step of the period; the first step may begin before the period."""
        first = first_of(self.days.first, step)
        found = []
        while first <= self.days.last:
            found.append(first)
            first = _after(first, step)
        return found


def first_of(day: date, step: Step) -> date:
    """Return the first day of the step that contains a day."""
    if step is Step.MONTH:
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if step is Step.WEEK else day


def _after(first: date, step: Step) -> date:
    return first_of(first + LENGTHS.get(step, timedelta(days=31)), step)


def step_of(column: str, step: Step) -> Trunc | TruncDate:
    """Return the expression for the first day, in UTC, of the step of a moment."""
    if step is Step.DAY:  # in half the time
        return TruncDate(column, tzinfo=UTC)
    return Trunc(column, step.value, output_field=DateField(), tzinfo=UTC)
