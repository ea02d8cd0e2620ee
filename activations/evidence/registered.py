"""Evidence of apps above this one, which register their tables and checks when Django starts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, Protocol

from activations.evidence.differences import Difference
from activations.evidence.fields import TABLES, Table

# The primary keys of rows that change, by the name of their table.
Changed = Mapping[str, Collection[Any]]


class MoreChecks(Protocol):
    """Compares rows of registered tables with the chain, in the pass of the verification."""

    def take(self, content: Mapping[str, Any]) -> Iterable[Difference]:
        """Apply the next event; return the differences of rows that are final with it."""

    def finish(self, last: int) -> Iterable[Difference]:
        """Return the differences of all other rows; `last` is the number of the last verified event."""


class MoreDigests(Protocol):
    """The digests in events that cover rows of registered tables, for a change of such rows and their events."""

    def holding(self, changed: Changed) -> Iterable[int]:
        """Return the numbers of the events with digests that may cover these rows."""

    def differences(self, changed: Changed) -> Iterable[Difference]:
        """Compare these rows, and all that digests cover together with them, with their events."""

    def renewed(self, details: Mapping[str, Any]) -> dict[str, Any]:
        """Return the details of an event with the digests of the rows as they are now."""


_tables: list[Table] = []
_checks: list[Callable[[], MoreChecks]] = []
_digests: list[MoreDigests] = []


def register(
    tables: Iterable[Table], checks: Callable[[], MoreChecks], digests: MoreDigests
) -> None:
    """Let triggers protect these tables, verification compare their rows, and changes renew their digests."""
    _tables.extend(tables)
    _checks.append(checks)
    _digests.append(digests)


def all_tables() -> tuple[Table, ...]:
    """Return all tables whose rows are evidence."""
    return (*TABLES, *_tables)


def more_checks() -> list[MoreChecks]:
    """Return the checks of registered tables, for one verification."""
    return [create() for create in _checks]


def holding(changed: Changed) -> set[int]:
    """Return the numbers of the events with digests that may cover these rows."""
    return {number for one in _digests for number in one.holding(changed)}


def differences(changed: Changed) -> Iterator[Difference]:
    """Compare these rows, and all that digests cover together with them, with their events."""
    for one in _digests:
        yield from one.differences(changed)


def renewed(details: dict[str, Any]) -> dict[str, Any]:
    """Return the details of an event with the digests of the rows as they are now."""
    for one in _digests:
        details = one.renewed(details)
    return details
