"""Imports rows that version 0.1.0 wrote into the evidence, as digests."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet

from activations.evidence import rows, stored
from activations.evidence.differences import Difference
from activations.evidence.digests import covered, digest, matches
from activations.evidence.fields import BY_NAME, GRANT, REQUEST, REVIEW, REVIEWER, Table
from activations.evidence.history import undone
from activations.evidence.recording import ROWS, Step, record, recording
from activations.evidence.rows import IMPORTED
from activations.evidence.stored import Stored
from activations.models import ChainHead, Event, Grant, Request, Review, Reviewer
from eligibility.batches import batched

logger = logging.getLogger("jitaccess.audit")

AT_ONCE = 1000
# Leaves time for the reconciler's other work; its next run imports the rest.
EVENTS_IN_ONE_RUN = 5_000
KINDS = (
    *("request.self_approved", "request.pending", "request.approved", "request.declined"),
    *("grant.provisioning", "grant.adopted"),
)
# The tables that version 0.1.0 had.
EARLIER = (REQUEST, REVIEWER, REVIEW, GRANT)

Details = dict[str, Any]
Write = Callable[[Details], None]


def take_in_all(write: Write) -> int:
    """Import every existing row, many with one event; returns how many. For the migration."""
    count = 0
    for table in EARLIER:
        for page in stored.pages(table, covered(table), AT_ONCE):
            write(_details(table, page))
            count += len(page)
    return count


def take_in_later(*, now: datetime) -> int:
    """Import what version 0.1.0 wrote beside this one; returns how many rows.

    Imports only rows whose events are in the chain, each once.
    """
    head = ChainHead.objects.filter(id=1, sequence__gt=F("taken_in")).first()
    if head is None:
        return 0
    events = list(_events_of_earlier_version(head)[:EVENTS_IN_ONE_RUN])
    end = events[-1].sequence if len(events) == EVENTS_IN_ONE_RUN else head.sequence
    with recording():
        # When two processes do this at the same time, the second finds nothing left.
        unchanged = ChainHead.objects.filter(id=1, taken_in=head.taken_in)
        if not unchanged.update(taken_in=end):
            return 0
        count = sum(_take_in(table, keys, now=now) for table, keys in _rows_of(events).items())
    if count:
        logger.warning(
            "%s rows that version 0.1.0 had written were imported into the evidence",
            count,
            extra={"event": "evidence.imported"},
        )
    return count


def wrong_digests(content: Mapping[str, Any]) -> Iterator[Difference]:
    """Return rows that have changed since this event imported them."""
    table = BY_NAME[content["details"]["table"]]
    digests: Mapping[str, str] = content["details"][ROWS]
    found = {row.pk: row for row in stored.by_key(table, digests, covered(table))}
    for key, expected in digests.items():
        row = found.get(key)
        if row is None:
            yield Difference(table.name, key, "", "is missing", content["sequence"])
        elif not (matches(table, row.values, expected) or _migrated(table, row, expected, content)):
            message = "its facts do not match the digest with which it was imported"
            yield Difference(table.name, key, row.request, message, content["sequence"])


def _migrated(table: Table, row: Stored, expected: str, content: Mapping[str, Any]) -> bool:
    """Whether later events record changes of facts, and the row matches without these changes."""
    kept = stored.as_kept(row.request)
    later = [event.content() for event in rows.of_requests([kept], after=content["sequence"])]
    before = undone(later, (table.name, str(row.values.get(table.key))), row.request)
    return bool(before) and matches(table, row.values | before, expected)


def _details(table: Table, page: Iterable[Stored]) -> Details:
    return {"table": table.name, ROWS: {row.pk: digest(table, row.values) for row in page}}


def _events_of_earlier_version(head: ChainHead) -> QuerySet[Event]:
    later = Event.objects.filter(
        sequence__gt=head.taken_in, sequence__lte=head.sequence, kind__in=KINDS
    )
    return later.exclude(details__has_key=ROWS).order_by("sequence")


def _rows_of(events: Iterable[Event]) -> dict[Table, list[str]]:
    """Return the keys of the rows that these events created."""
    by_kind: dict[str, list[Event]] = {}
    for event in events:
        by_kind.setdefault(event.kind, []).append(event)

    def ids(name: str, *kinds: str) -> list[Any]:
        found = (getattr(event, name) for kind in kinds for event in by_kind.get(kind, []))
        return [key for key in found if key is not None]

    asked = ids("request_id", "request.self_approved", "request.pending", "grant.adopted")
    decided = ids("request_id", "request.approved", "request.declined")
    return {
        REQUEST: _keys(Request.objects.filter(pk__in=asked)),
        REVIEWER: _keys(Reviewer.objects.filter(request__in=asked)),
        REVIEW: _keys(Review.objects.filter(request__in=decided)),
        GRANT: _keys(
            Grant.objects.filter(pk__in=ids("grant_id", "grant.provisioning", "grant.adopted"))
        ),
    }


def _keys(found: QuerySet[Any]) -> list[str]:
    return [str(key) for key in found.order_by("pk").values_list("pk", flat=True)]


def _take_in(table: Table, keys: list[str], *, now: datetime) -> int:
    found = stored.by_key(table, keys, covered(table))
    for page in batched(found, AT_ONCE):
        record(Step(kind=IMPORTED, at=now, details=_details(table, page)))
    return len(keys)
