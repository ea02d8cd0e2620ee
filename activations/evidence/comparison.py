"""Compares requests, reviewers, reviews, grants and after-reviews with their events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from django.db import connection
from django.db.models import Max

from activations.evidence import rows, stored
from activations.evidence.differences import Difference, short
from activations.evidence.fields import (
    AFTER_REVIEW,
    GRANT,
    REQUEST,
    REVIEW,
    REVIEWER,
    TABLES,
    Change,
    Table,
)
from activations.evidence.history import CREATING, History, Key, Rebuilt
from activations.evidence.recording import ROWS, blank
from activations.evidence.stored import Stored
from activations.models import Address, Event

# Version 0.1.0 changes these in other grants of the same access when one ends, without an event.
SHARED = {"binding_end", "binding_expression"}
TRIES = 5

Content = Mapping[str, Any]


def differences(requests: Iterable[str]) -> list[Difference]:
    """Return where these requests, and all rows that belong to them, differ from their events.

    For a few requests at a time, such as a page of an export; rows may change meanwhile.
    """
    keys = list(requests)
    found: list[Difference] = []
    for _ in range(TRIES):
        before = _last_events(keys)
        histories = {key: History(key) for key in keys}
        _read_later(histories, after=rows.BEFORE_ALL)
        found = list(compare(histories))
        if not found or _last_events(keys) == before:
            break
    return found


def of_chunk(contents: Iterable[Content], created: Iterable[str], *, last: int) -> list[Difference]:
    """Return the differences of the requests that start in this part of the chain, which ends with event `last`."""
    histories = {key: History(key) for key in created}
    for content in contents:
        if history := histories.get(content["request"]):
            history.add(content)
    _read_later(histories, after=last)
    suspects = dict.fromkeys(found.request for found in compare(histories))
    # Compare each again: a row may have changed between two of the queries above.
    return list(chain.from_iterable(differences([key]) for key in suspects))


def compare(histories: Mapping[str, History]) -> Iterator[Difference]:
    """Compare each row with its history, and report rows that are missing."""
    seen: dict[str, set[Key]] = {key: set() for key in histories}
    for table in TABLES:
        for row in stored.of_requests(table, histories):
            key = (table.name, key_of(table, row))
            seen[row.request].add(key)
            yield from _of_row(table, row, histories[row.request].rows.get(key))
    for request, history in histories.items():
        for place, known in history.rows.items():
            if place not in seen[request]:
                yield Difference(*place, request, "is missing", known.first)
        for event, place, message in history.contradictions:
            yield Difference(*place, request, message, event)


def key_of(table: Table, row: Stored) -> str:
    """Return the key of a row among those of one request."""
    return table.key_of(row.values)


def _last_events(keys: list[str]) -> int | None:
    found = Event.objects.filter(request_id__in=keys).aggregate(last=Max("sequence"))
    last: int | None = found["last"]
    return last


def _read_later(histories: Mapping[str, History], *, after: int) -> None:
    for row in rows.of_requests(map(stored.as_kept, histories), after=after):
        histories[rows.plain_id(row.request)].add(row.content())


def _of_row(table: Table, row: Stored, known: Rebuilt | None) -> Iterator[Difference]:
    if known is None:
        yield Difference(table.name, key_of(table, row), row.request, "no event records it")
        return
    for name in table.recorded:
        if not _is_known(known, name):
            continue
        expected = known.values[name] if name in known.values else blank(table, name)
        found = row.values[name]
        if _equal(found, expected) or _is_explained(table, row, name, expected, known):
            continue
        message = f"{name} is {short(found)}, its event recorded {short(expected)}"
        event = known.by.get(name, known.first)
        yield Difference(table.name, key_of(table, row), row.request, message, event, name)


def _is_known(known: Rebuilt, name: str) -> bool:
    return name in known.values or (known.is_whole and name not in known.hidden)


def _equal(found: object, expected: object) -> bool:
    """Whether both are equal and of one type: 1, 1.0 and True are different."""
    return found == expected and type(found) is type(expected)


def _is_explained(table: Table, row: Stored, name: str, expected: object, known: Rebuilt) -> bool:
    """Whether version 0.1.0, which may run beside this one, may have made the change without an event."""
    if table.changes[name] is Change.ONCE and expected is None:
        email = row.values[table.address]
        return row.address == email or _had(row.values[name], email)
    if table is GRANT and name in SHARED:
        return _ended_by_earlier_version(row, since=known.by.get(name, known.first))
    return False


def _had(subject: object, email: str) -> bool:
    """Whether the person has or had the address; queries the database only for rows that need it."""
    return Address.objects.filter(person__subject=subject, email=email).exists()


def _ended_by_earlier_version(row: Stored, *, since: int) -> bool:
    ended = Event.objects.filter(
        kind="grant.ended",
        sequence__gt=since,
        project_id=row.values["project_id"],
        role=row.values["role"],
        beneficiary_email=row.values["beneficiary_email"],
    )
    return ended.exclude(details__has_key=ROWS).exists()


def strays() -> Iterator[Difference]:
    """Return requests that no event created, and rows whose request does not exist: one query per table."""
    requests = REQUEST.db_table
    kinds = ", ".join(f"'{kind}'" for kind in CREATING)
    begun = f"SELECT 1 FROM {rows.TABLE} e WHERE e.request_id = t.id AND e.kind IN ({kinds})"  # noqa: S608
    begun += " AND (e.grant_id IS NULL OR e.kind = 'grant.adopted')"
    for key in _without(REQUEST, begun):
        yield Difference(REQUEST.name, key, key, "no event records it")
    owner = f"SELECT 1 FROM {requests} r WHERE r.id = t.request_id"  # noqa: S608
    for table in (REVIEWER, REVIEW, GRANT, AFTER_REVIEW):
        for key in _without(table, owner):
            yield Difference(table.name, key, "that does not exist", "has no request")


def without_event(table: Table) -> Iterator[str]:
    """Return the keys of requests or grants that no event names."""
    others = f"SELECT 1 FROM {rows.TABLE} e WHERE e.{table.name}_id = t.id"  # noqa: S608
    yield from _without(table, others)


def _without(table: Table, others: str) -> Iterator[str]:
    query = f"SELECT CAST(t.id AS text) FROM {table.db_table} t WHERE NOT EXISTS ({others})"  # noqa: S608
    with connection.chunked_cursor() as cursor:
        cursor.execute(query)
        while found := cursor.fetchmany(500):
            has_ids = table in {REQUEST, GRANT}
            yield from (rows.plain_id(key) if has_ids else key for (key,) in found)
