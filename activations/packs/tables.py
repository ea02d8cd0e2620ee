"""The tables about a period, for packs and for scheduled deliveries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from activations.exports.access import ACCESS, accesses
from activations.exports.after_reviews import AFTER_REVIEWS, after_review_rows
from activations.exports.columns import Layout
from activations.exports.eligibility import ELIGIBILITY, eligibility_rows
from activations.exports.events import EVENTS, PSEUDONYMIZATIONS, event_rows
from activations.exports.grants import GRANTS, grant_rows
from activations.exports.policy_versions import POLICY_VERSIONS, policy_rows
from activations.exports.requests import REQUESTS, request_rows
from activations.exports.snapshot import AT_ONCE
from activations.models import AfterReview, Event, Grant
from activations.packs.wanted import (
    Ends,
    Wanted,
    changes_of,
    eligible_of,
    events_of,
    held_rows,
    part_of_chain,
    proposals_of,
    requests_of,
    sealed,
)


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one export; each call of `rows` reads them again."""

    layout: Layout[Any]
    rows: Callable[[], Iterator[Any]]


@dataclass(frozen=True, slots=True)
class Tables:
    """All tables about a period, and their part of the chain."""

    tables: list[Table]
    events: QuerySet[Event]


@dataclass(frozen=True, slots=True)
class MoreTables:
    """Tables of an app above this one, and the events that they need."""

    tables: list[Table]
    ends: Ends | None = None


_registered: list[Callable[[Wanted], MoreTables]] = []


def register(more: Callable[[Wanted], MoreTables]) -> None:
    """Let packs and deliveries contain further tables."""
    _registered.append(more)


def tables_of(wanted: Wanted, *, as_of: datetime) -> Tables:
    """Return what is known about a period, or about one access review."""
    more = [find(wanted) for find in _registered]
    added = [table for one in more for table in one.tables]
    ends = [one.ends for one in more if one.ends]
    also = (min(one[0] for one in ends), max(one[1] for one in ends)) if ends else None
    if wanted.campaign is None:
        found = _of_period(wanted, also, as_of)
    else:
        found = _of_review(event_rows(part_of_chain([also] if also else [])), wanted)
    return Tables([*found.tables, *added], found.events)


def _of_review(events: QuerySet[Event], wanted: Wanted) -> Tables:
    return Tables(_chain_tables(events, wanted), events)


def _chain_tables(events: QuerySet[Event], wanted: Wanted) -> list[Table]:
    """Return the events, and those that recorded how names in them were replaced."""
    return [
        Table(EVENTS, lambda: sealed(read_rows(events), wanted)),
        Table(PSEUDONYMIZATIONS, lambda: read_rows(event_rows(changes_of(events)))),
    ]


def _of_period(wanted: Wanted, also_events: Ends | None, as_of: datetime) -> Tables:
    """Return requests, grants and what belongs to them; reads only how far accesses reach."""
    held, also = held_rows(wanted, as_of=as_of)
    requests = requests_of(wanted, also=also)
    grants = Grant.objects.filter(request__in=requests.values("pk"))
    judged = AfterReview.objects.filter(request__in=requests.values("pk"))
    events = event_rows(events_of(wanted, requests, also_events))
    tables: list[tuple[Any, Callable[[], Any]]] = [
        (ACCESS, lambda: accesses(read_rows(held), as_of)),
        (REQUESTS, lambda: read_rows(request_rows(requests))),
        (GRANTS, lambda: read_rows(grant_rows(grants))),
        (AFTER_REVIEWS, lambda: read_rows(after_review_rows(judged))),
        (POLICY_VERSIONS, lambda: read_rows(policy_rows(proposals_of(wanted)))),
        (ELIGIBILITY, lambda: read_rows(eligibility_rows(eligible_of(wanted)))),
    ]
    return Tables([*(Table(*one) for one in tables), *_chain_tables(events, wanted)], events)


def read_rows(rows: Any) -> Iterator[Any]:
    """Return the rows through a cursor of the server, where there is one."""
    found: Iterator[Any] = rows.iterator(chunk_size=AT_ONCE)
    return found
