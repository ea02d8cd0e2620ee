"""Finds the events that contain names of a person, and what they contain with pseudonyms."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import reduce
from operator import or_
from typing import Any

from django.db import models
from django.db.models import Q, QuerySet
from django.db.models.functions import Cast

from activations.domain.pseudonyms import Pseudonyms
from activations.evidence.fields import BY_NAME, GRANT, REQUEST, REVIEW, Table
from activations.evidence.named_rows import ORIGIN, OWNER, replaced
from activations.evidence.recording import BEFORE, ROWS
from activations.evidence.registered import all_tables
from activations.evidence.rows import IMPORTED
from activations.models import Event

TEXTS = ("beneficiary_email", "actor_email", "actor_subject", "comment")
AT_ONCE = 500

Values = dict[str, Any]
# The new digests of rows that an import has recorded, by table and key.
Digests = Mapping[tuple[str, str], str]
# Returns details with new digests of registered tables.
Renew = Callable[[Values], Values]


def candidates(names: Pseudonyms, *, after: int = 0) -> QuerySet[Event]:
    """Return the events in which one of the terms stands anywhere, also within another word."""
    rows = Event.objects.filter(sequence__gt=after).alias(
        document=Cast("details", models.TextField())
    )
    columns = (*TEXTS, "document")
    terms = ((name, term) for name in columns for term in names.terms)
    found = reduce(or_, (Q(**{f"{name}__icontains": term}) for name, term in terms))
    return rows.filter(found).order_by("sequence")


def importing(changed: Mapping[str, set[str]]) -> Iterator[int]:
    """Yield the numbers of the events that have the digest of one of these rows, given by table and key."""
    events = Event.objects.filter(kind=IMPORTED, details__table__in=list(BY_NAME))
    events = events.order_by("sequence")
    for number, details in events.values_list("sequence", "details").iterator(chunk_size=10):
        if changed.get(details["table"], set()) & details[ROWS].keys():
            yield number


def has_digests_alone(event: Event) -> bool:
    """Whether the event imported rows of this app, of which it has the digests alone; others import names too."""
    return event.kind == IMPORTED and event.details.get("table") in BY_NAME


def changes(
    event: Event, names: Pseudonyms, digests: Digests, renew: Renew | None = None
) -> Values:
    """Return the columns of an event that change.

    `digests` are those of rows that have changed; `renew` is for an event with digests of registered tables.
    """
    new: Values = {
        name: replaced(Event._meta.get_field(name), getattr(event, name), names)  # type: ignore[arg-type]  # noqa: SLF001
        for name in TEXTS
    }
    details = _details(event, names, digests)
    new["details"] = renew(details) if renew else details
    return {name: value for name, value in new.items() if value != getattr(event, name)}


def _details(event: Event, names: Pseudonyms, digests: Digests) -> Values:
    if has_digests_alone(event):
        table, rows = event.details["table"], event.details[ROWS]
        new = {key: digests.get((table, key), digest) for key, digest in rows.items()}
        return {**event.details, ROWS: new}
    details = dict(event.details)
    if names.has(event.actor_subject) or names.has(event.actor_email):
        details |= {name: "" for name in ORIGIN if name in details}
    tables = {table.name: table for table in all_tables()}
    for part in (ROWS, BEFORE):
        if isinstance(details.get(part), dict):
            details[part] = {
                name: _rows(tables.get(name), rows, names) for name, rows in details[part].items()
            }
    new_details: Values = names.in_json(details)
    return new_details


def _rows(table: Table | None, rows: Any, names: Pseudonyms) -> Any:
    """Return rows as their table will have them: with the same lengths, and without the person's origin."""
    if table is None or not isinstance(rows, dict):
        return rows
    if table in {REQUEST, GRANT}:
        return _row(table, rows, names)
    return {
        key: _row(table, row, names) if isinstance(row, dict) else row for key, row in rows.items()
    }


def _row(table: Table, row: Values, names: Pseudonyms) -> Values:
    new = {
        name: replaced(table.fields[name], value, names)
        if isinstance(value, str) and name in table.fields
        else value
        for name, value in row.items()
    }
    if table in {REQUEST, REVIEW} and names.has(str(row.get(OWNER[table.model], ""))):
        new |= {name: "" for name in ORIGIN if name in new}
    return new
