"""Filters by a choice among a few values."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Q, QuerySet

from activations.admin.filters.base import Field, HistoryFilter


class ChoiceFilter(HistoryFilter):
    """A choice among a few values of one column."""

    known: ClassVar[dict[str, str]] = {}

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.chosen = self.value(self.parameters[0])
        if self.chosen and self.chosen not in self.known:
            self.error = f"There is no {str(self.title).lower()} “{self.chosen}”."

    @property
    def fields(self) -> list[Field]:
        choices = (("", "All"), *self.known.items())
        return [Field(self.parameters[0], str(self.title), self.chosen, "select", choices=choices)]

    @property
    def words(self) -> str:
        return f"{self.title}: {self.known.get(self.chosen)}" if self.chosen else ""

    def narrowed(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(self.condition()) if self.chosen else rows

    def condition(self) -> Q:
        """Return the condition for the chosen value."""
        return Q(**{self.parameters[0]: self.chosen})
