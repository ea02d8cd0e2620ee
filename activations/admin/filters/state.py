"""Filters by current state."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet

from activations.admin.as_of import moment
from activations.admin.filters.base import Field, HistoryFilter
from activations.admin.status_filters import (
    AFTER_REVIEW_CHOICES,
    GRANT_STATES,
    REQUEST_STATES,
    Condition,
)


class StateFilter(HistoryFilter):
    """One choice of states, evaluated at the page's moment."""

    title = "State"
    parameters = ("state",)
    states: ClassVar[dict[str, tuple[str, Condition]]] = {}

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.chosen = self.value("state")
        if self.chosen and self.chosen not in self.states:
            self.error = f"There is no state “{self.chosen}”."

    @property
    def fields(self) -> list[Field]:
        choices = [("", "All"), *((key, label) for key, (label, _) in self.states.items())]
        return [Field("state", "State", self.chosen, kind="select", choices=tuple(choices))]

    @property
    def words(self) -> str:
        return f"State: {self.states.get(self.chosen, (self.chosen,))[0]}" if self.chosen else ""

    def narrowed(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        if not self.chosen:
            return rows
        _, condition = self.states[self.chosen]
        return rows.filter(condition(moment(self.request)))


class GrantStateFilter(StateFilter):
    """Selects grants by state."""

    states = GRANT_STATES


class RequestStateFilter(StateFilter):
    """Selects requests by state."""

    states = REQUEST_STATES


class AfterReviewFilter(StateFilter):
    """Selects after-reviews by state, and those that are overdue."""

    states = AFTER_REVIEW_CHOICES
