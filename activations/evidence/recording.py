"""Appends events to the evidence, each in the transaction of the change that it records.

An event records its rows, so that they can be rebuilt from it: `details["rows"]` maps the name of a
table to values by field, of the event's own request or grant, and for reviewers and reviews by the key
of the row (address, subject). The event that creates a row records all its fields, a later one those
that it changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, models, transaction

from activations.domain.caller import Caller
from activations.domain.chain import Mark, timestamp
from activations.evidence.fields import (
    AFTER_REVIEW,
    GRANT,
    REQUEST,
    REVIEW,
    REVIEWER,
    Kind,
    Table,
)
from activations.evidence.head import locked_head, save
from activations.models import (
    AfterReview,
    ChainHead,
    Event,
    Grant,
    Request,
    Review,
    Reviewer,
    User,
)

ROWS, BEFORE = "rows", "before"

Values = dict[str, Any]
# The head within a recording transaction: read once, written once, for any number of events.
_head: ContextVar[ChainHead | None] = ContextVar("chain_head", default=None)
ACTIVATED = "grant.active"


def request_row(request: Request) -> dict[str, Values]:
    """All fields of a request that was just inserted."""
    return {REQUEST.name: _all(REQUEST, request)}


def grant_row(grant: Grant) -> dict[str, Values]:
    """All fields of a grant that was just inserted."""
    return {GRANT.name: _all(GRANT, grant)}


def reviewer_rows(reviewers: list[Reviewer]) -> dict[str, Values]:
    """All fields of the reviewers who were just asked."""
    return {REVIEWER.name: {REVIEWER.key_of(vars(one)): _all(REVIEWER, one) for one in reviewers}}


def review_changes(*reviews: Review, **values: object) -> dict[str, Values]:
    """The fields that an event changes in these reviews."""
    return {REVIEW.name: {one.reviewer.subject: _some(REVIEW, values) for one in reviews}}


def review_row(review: Review) -> dict[str, Values]:
    """All fields of the review that was just given."""
    return {REVIEW.name: {review.reviewer.subject: _all(REVIEW, review)}}


def after_review_row(review: AfterReview) -> dict[str, Values]:
    """All fields of an after-review that was just opened."""
    return {AFTER_REVIEW.name: {str(review.request_id): _all(AFTER_REVIEW, review)}}


def after_review_changes(review: AfterReview, **values: object) -> dict[str, Values]:
    """The fields that an event changes in this after-review."""
    return {AFTER_REVIEW.name: {str(review.request_id): _some(AFTER_REVIEW, values)}}


def request_changes(**values: object) -> dict[str, Values]:
    """The fields that an event changes in its request."""
    return {REQUEST.name: _some(REQUEST, values)}


def grant_changes(**values: object) -> dict[str, Values]:
    """The fields that an event changes in its grant."""
    return {GRANT.name: _some(GRANT, values)}


def reviewer_changes(*reviewers: Reviewer, **values: object) -> dict[str, Values]:
    """The fields that an event changes in the rows of these reviewers."""
    return {
        REVIEWER.name: {REVIEWER.key_of(vars(one)): _some(REVIEWER, values) for one in reviewers}
    }


def _all(table: Table, row: models.Model) -> Values:
    return {name: encode(table, name, _value(table, row, name)) for name in table.recorded}


def _value(table: Table, row: models.Model, name: str) -> object:
    is_key = table.kinds[name] is Kind.ID  # the related row is not needed
    return getattr(row, table.fields[name].attname if is_key else name)


def _some(table: Table, values: Mapping[str, object]) -> Values:
    return {name: encode(table, name, value) for name, value in values.items()}


def encode(table: Table, name: str, value: object) -> Any:
    """Return a field's value as JSON, the same for each kind of database."""
    return None if value is None else _ENCODERS[table.kinds[name]](value)


def _instant(value: object) -> str:
    assert isinstance(value, datetime)  # noqa: S101  # guaranteed by the field's kind
    return timestamp(value)


def _person(value: object) -> str:
    assert isinstance(value, User)  # noqa: S101  # guaranteed by the field's kind
    return value.subject


def _plain(value: object) -> object:
    """Convert enumerations to text."""
    return str(value) if isinstance(value, str) else value


_ENCODERS: dict[Kind, Callable[[object], Any]] = {
    Kind.PLAIN: _plain,
    Kind.ID: lambda value: str(value.pk if isinstance(value, models.Model) else value),
    Kind.INSTANT: _instant,
    Kind.JSON: lambda value: value,
    Kind.PERSON: _person,
    Kind.FLAG: bool,
}


def blank(table: Table, name: str) -> Any:
    """Return the value of a field that was added after the row's event was recorded."""
    field = table.fields[name]
    if field.null:
        return None
    if field.has_db_default():
        return field.db_default
    return field.get_default()


class NoTransaction(Exception):
    """An event must be committed or rolled back together with its change."""


@dataclass(frozen=True, slots=True)
class Step:
    """What happened, before it has a position in the chain."""

    kind: str
    at: datetime
    request: Request | None = None
    grant: Grant | None = None
    # The person's address and the project, if the step concerns neither a request nor a grant.
    person: str = ""
    project_id: str = ""
    actor: Caller | None = None
    was: str = ""
    became: str = ""
    comment: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    # New values of rows, and previous ones where a fact changes; see `activations.evidence.recording`.
    rows: dict[str, Any] = field(default_factory=dict)
    before: dict[str, Any] = field(default_factory=dict)


@contextmanager
def recording() -> Iterator[None]:
    """Open a transaction that locks the head of the chain before it touches any other row.

    This prevents deadlocks between recording transactions, whichever rows they change. Inside another
    recording transaction it joins that one.
    """
    if _head.get() is not None:
        yield
        return
    with transaction.atomic():
        head = locked_head()
        token = _head.set(head)
        try:
            yield
        finally:
            _head.reset(token)
        save(head)


def record(step: Step) -> Event:
    """Append one event to the chain.

    :raises NoTransaction: when called outside a transaction; see :func:`recording`.
    """
    (event,) = record_all([step])
    return event


def record_all(steps: Iterable[Step]) -> list[Event]:
    """Append several events to the chain, with one statement.

    :raises NoTransaction: when called outside a transaction; see :func:`recording`.
    """
    steps = tuple(steps)
    if not connection.in_atomic_block:
        raise NoTransaction(*(step.kind for step in steps))
    if (head := _head.get()) is not None:
        return _append(steps, head)
    head = locked_head()
    events = _append(steps, head)
    save(head)
    return events


def _append(steps: Iterable[Step], head: ChainHead) -> list[Event]:
    return Event.objects.bulk_create([_next(step, head) for step in steps])


def _next(step: Step, head: ChainHead) -> Event:
    """Return the event that follows the head, which moves to it."""
    event = _event(step, sequence=head.sequence + 1, previous_hash=head.hash)
    head.sequence, head.hash = event.sequence, event.hash
    mark = Mark(event.kind, event.sequence, event.hash)
    for row in (event.request, step.grant):
        if row is not None:
            row.recorded = mark
    return event


def _event(step: Step, *, sequence: int, previous_hash: str) -> Event:
    subject = step.grant or step.request
    event = Event(
        sequence=sequence,
        at=step.at,
        kind=step.kind,
        request=step.request or (step.grant.request if step.grant else None),
        grant=step.grant,
        project_id=subject.project_id if subject else step.project_id,
        role=step.grant.role if step.grant else "",
        beneficiary_email=subject.beneficiary_email if subject else step.person,
        actor_email=step.actor.email if step.actor else "",
        actor_subject=step.actor.subject if step.actor else "",
        was=step.was,
        became=step.became,
        comment=step.comment,
        details=_details(step),
        previous_hash=previous_hash,
    )
    event.hash = event.computed_hash()
    return event


def _details(step: Step) -> dict[str, Any]:
    carried = {ROWS: step.rows, BEFORE: step.before}
    return step.details | {name: rows for name, rows in carried.items() if rows}


def event_of(row: Request | Grant) -> dict[str, str]:
    """Return labels of the event that this process recorded last for this row, or no labels."""
    return _labels_of(row.recorded.sequence, row.recorded.hash) if row.recorded else {}


def labels_of_event(event: Event) -> dict[str, str]:
    """Return labels of an event that concerns neither a request nor a grant."""
    return _labels_of(event.sequence, event.hash)


def activation_event(grant: Grant) -> dict[str, str]:
    """Return labels of the event that made this grant active, also when another process recorded it."""
    if grant.recorded and grant.recorded.kind == ACTIVATED:
        return event_of(grant)
    found = Event.objects.filter(grant=grant, kind=ACTIVATED).order_by("sequence")
    last = found.values_list("sequence", "hash").last()
    return _labels_of(*last) if last else {}


def _labels_of(sequence: int, hash_: str) -> dict[str, str]:
    return {"event_sequence": str(sequence), "event_hash": hash_}
