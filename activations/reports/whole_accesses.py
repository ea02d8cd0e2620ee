"""Completes accesses that were read at one moment: with the grants before and after that they continue."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from activations.domain.held import Span, Uninterrupted, uninterrupted
from activations.exports.access_ends import (
    HELD,
    OVER,
    Person,
    actual_end,
    by_start,
    of_same,
    spans_of,
    whose,
)
from activations.exports.snapshot import AT_ONCE
from activations.models import Grant
from activations.models.lasting import can_last

# Most extensions follow within hours. Each step reads twice as far as the one before, for long chains.
MARGIN = timedelta(days=1)
INSTANT = timedelta(microseconds=1)

Period = tuple[datetime, datetime]


@dataclass(slots=True)
class _Growing:
    """The access of one person and role: grants known so far, and the periods of which all are known."""

    held: Grant
    spans: dict[UUID, Span[UUID]] = field(default_factory=dict)
    read: list[Period] = field(default_factory=list)

    @property
    def whole(self) -> Uninterrupted[UUID]:
        """Return the access that contains the grant held, among others of the same role."""
        accesses = uninterrupted(sorted(self.spans.values(), key=by_start))
        return next(one for one in accesses if any(part.of == self.held.pk for part in one.parts))

    def open_edges(self) -> list[datetime]:
        """Return the start and the end beside which another grant may be that is not known."""
        access = self.whole
        edges = [access.start, *([access.end] if access.end else [])]
        return [edge for edge in edges if not any(low <= edge <= high for low, high in self.read)]


def whole_accesses(grants: Iterable[Grant], now: datetime) -> list[Uninterrupted[Grant]]:
    """Return one access for each person and role of grants held at one moment, from its first to its last grant.

    Reads on beside an access only while that finds a neighbour, in a few steps also for chains of months.
    """
    known: dict[Person, _Growing] = {}
    given = {grant.pk: grant for grant in grants}
    for grant in given.values():
        span = Span(grant.start_time, actual_end(grant, now), grant.pk)
        known.setdefault(whose(grant), _Growing(grant)).spans[grant.pk] = span
    waiting, margin = _edges(known.values()), MARGIN
    while waiting:
        for period, growing in _together(waiting, margin):
            _read(period, growing, now)
        margin *= 2
        waiting = _edges(growing for _, growing in waiting)
    return _with_grants([one.whole for one in known.values()], given)


Edge = tuple[datetime, _Growing]


def _edges(growing: Iterable[_Growing]) -> list[Edge]:
    unique = {id(one): one for one in growing}.values()
    found = [(edge, one) for one in unique for edge in one.open_edges()]
    return sorted(found, key=lambda edge: edge[0])


def _together(edges: Sequence[Edge], margin: timedelta) -> Iterator[tuple[Period, list[_Growing]]]:
    """Yield periods that contain edges near each other, so that one old access does not widen the others' period."""
    first = 0
    for place in range(1, len(edges) + 1):
        if place < len(edges) and edges[place][0] - edges[place - 1][0] <= 2 * margin:
            continue
        group = edges[first:place]
        yield (group[0][0] - margin, group[-1][0] + margin), [one for _, one in group]
        first = place


def _read(period: Period, growing: Collection[_Growing], now: datetime) -> None:
    """Add all grants of these people and roles that lasted at some time in the period, its ends included."""
    low, high = period
    rows = Grant.objects.filter(
        of_same([one.held for one in growing]),
        can_last(low - INSTANT),
        state__in=HELD,
        start_time__lte=high,
    )
    mine = {whose(one.held): one for one in growing}
    for person, span in spans_of(rows.alias(over=OVER).filter(over__gte=low), now):
        if person in mine:
            mine[person].spans[span.of] = span
    for one in mine.values():
        one.read.append(period)


def _with_grants(
    accesses: Sequence[Uninterrupted[UUID]], given: dict[UUID, Grant]
) -> list[Uninterrupted[Grant]]:
    """Put the grants in the place of their keys; read those that were not given."""
    found = dict(given)
    missing = [part.of for one in accesses for part in one.parts if part.of not in given]
    for place in range(0, len(missing), AT_ONCE):
        rows = Grant.objects.filter(pk__in=missing[place : place + AT_ONCE])
        found |= {grant.pk: grant for grant in rows.select_related("request")}

    def full(span: Span[UUID]) -> Span[Grant]:
        return Span(span.start, span.end, found[span.of])

    return [Uninterrupted([full(part) for part in one.parts], full(one.last)) for one in accesses]
