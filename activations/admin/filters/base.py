"""The base class of all filters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.admin.filters import ListFilter
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model, QuerySet
from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Field:
    """One input of the filter form."""

    name: str
    label: str
    value: str
    kind: str = "text"
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()


class HistoryFilter(ListFilter):
    """Reads its parameters from the URL; with an invalid value it selects nothing and shows an error."""

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
        """Return what was entered, or ''."""
        return str(self.used_parameters.get(name, ""))

    @property
    def fields(self) -> list[Field]:
        """Return the inputs that this filter adds to the form."""
        raise NotImplementedError

    @property
    def words(self) -> str:
        """Return a description of what this filter selects; '' when it is not in use."""
        raise NotImplementedError

    def narrowed(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows that this filter selects."""
        raise NotImplementedError

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.none() if self.error else self.narrowed(queryset)

    def has_output(self) -> bool:
        return True

    def choices(self, changelist: ChangeList) -> Any:
        return [{"fields": self.fields, "error": self.error}]

    def expected_parameters(self) -> list[str | None]:
        return list(self.parameters)
