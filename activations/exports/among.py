"""A condition for many values at once, such as the ids of a thousand rows."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models.lookups import In


class Among(In):
    """`In` for values that have the column's type; PostgreSQL gets them as one array.

    With one parameter for each, an export spends more time on parameters than on rows.
    """

    def get_prep_lookup(self) -> Any:
        return self.rhs

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """:raises EmptyResultSet: without values, so that no query is needed."""
        if not self.rhs:
            raise EmptyResultSet
        column, params = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s)", [*params, list(self.rhs)]
