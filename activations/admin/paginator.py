"""Pagination over a million rows, without counting them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from django.core.paginator import Paginator

if TYPE_CHECKING:
    Base: TypeAlias = Paginator[Any]
else:
    Base = Paginator

FARTHEST = 10_000


class LimitedPaginator(Base):
    """Counts up to a limit; to see more, people narrow the filters or export."""

    @cached_property
    def _counted(self) -> int:
        rows: Any = self.object_list
        # Only keys, so that the database can answer from an index.
        keys = rows.order_by().select_related(None).values("pk")
        count: int = keys[: FARTHEST + 1].count()
        return count

    @cached_property
    def count(self) -> int:
        return min(self._counted, FARTHEST)

    @property
    def is_limited(self) -> bool:
        """Whether there are more rows than can be paged through."""
        return self._counted > FARTHEST
