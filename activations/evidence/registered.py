"""Evidence of apps above this one, which register their tables and checks when Django starts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from activations.evidence.differences import Difference
from activations.evidence.fields import TABLES, Table


class MoreChecks(Protocol):
    """Compares rows of registered tables with the chain, in the pass of the verification."""

    def take(self, content: Mapping[str, Any]) -> Iterable[Difference]:
        """Apply the next event; return the differences of rows that are final with it."""

    def finish(self, last: int) -> Iterable[Difference]:
        """Return the differences of all other rows; `last` is the number of the last verified event."""


_tables: list[Table] = []
_checks: list[Callable[[], MoreChecks]] = []


def register(tables: Iterable[Table], checks: Callable[[], MoreChecks]) -> None:
    """Let triggers protect these tables, and verification compare their rows."""
    _tables.extend(tables)
    _checks.append(checks)


def all_tables() -> tuple[Table, ...]:
    """Return all tables whose rows are evidence."""
    return (*TABLES, *_tables)


def more_checks() -> list[MoreChecks]:
    """Return the checks of registered tables, for one verification."""
    return [create() for create in _checks]
