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
    Wanted,
    changes_of,
    eligible_of,
    events_of,
    held_rows,
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


def tables_of(wanted: Wanted, *, as_of: datetime) -> Tables:
    """Return what is known about a period; reads only how far accesses reach."""
    held, also = held_rows(wanted, as_of=as_of)
    requests = requests_of(wanted, also=also)
    grants = Grant.objects.filter(request__in=requests.values("pk"))
    judged = AfterReview.objects.filter(request__in=requests.values("pk"))
    events = event_rows(events_of(wanted, requests))
    tables: list[tuple[Any, Callable[[], Any]]] = [
        (ACCESS, lambda: accesses(read_rows(held), as_of)),
        (REQUESTS, lambda: read_rows(request_rows(requests))),
        (GRANTS, lambda: read_rows(grant_rows(grants))),
        (AFTER_REVIEWS, lambda: read_rows(after_review_rows(judged))),
        (EVENTS, lambda: sealed(read_rows(events), wanted)),
        (PSEUDONYMIZATIONS, lambda: read_rows(event_rows(changes_of(events)))),
        (POLICY_VERSIONS, lambda: read_rows(policy_rows(proposals_of(wanted)))),
        (ELIGIBILITY, lambda: read_rows(eligibility_rows(eligible_of(wanted)))),
    ]
    return Tables([Table(*one) for one in tables], events)


def read_rows(rows: Any) -> Iterator[Any]:
    """Return the rows through a cursor of the server, where there is one."""
    found: Iterator[Any] = rows.iterator(chunk_size=AT_ONCE)
    return found
