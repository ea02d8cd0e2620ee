"""What all filters have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.admin.filters import ListFilter
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model, QuerySet
from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Field:
    """One input of the form of filters."""

    name: str
    label: str
    value: str
    kind: str = "text"
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()


class HistoryFilter(ListFilter):
    """Takes its parameters from the address; what it cannot read selects nothing and says so."""

    parameters: tuple[str, ...] = ()
    template = "admin/activations/filter.html"

    def __init__(
        self,
        request: HttpRequest,
        params: dict[str, list[str]],
        model: type[Model],
        model_admin: Any,
    ) -> None:
        super().__init__(request, params, model, model_admin)
        for name in self.parameters:
            if values := params.pop(name, None):
                self.used_parameters[name] = values[-1].strip()
        self.error = ""

    def value(self, name: str) -> str:
        """What was entered, or ''."""
        return str(self.used_parameters.get(name, ""))

    @property
    def fields(self) -> list[Field]:
        """The inputs that this filter adds to the form."""
        raise NotImplementedError

    @property
    def words(self) -> str:
        """What this filter selects, in words; '' when it is not in use."""
        raise NotImplementedError

    def narrowed(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The rows that this filter selects."""
        raise NotImplementedError

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.none() if self.error else self.narrowed(queryset)

    def has_output(self) -> bool:
        return True

    def choices(self, changelist: ChangeList) -> Any:
        return [{"fields": self.fields, "error": self.error}]

    def expected_parameters(self) -> list[str | None]:
        return list(self.parameters)
