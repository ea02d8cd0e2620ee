"""What an event records of its rows, so that they can be rebuilt from it.

`details["rows"]` of an event maps the name of a table to values by field: of the event's own request or
grant, and for reviewers and reviews by the key of the row (address, subject). The event that creates
a row records all its fields, a later one those that it changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import models

from activations.domain.chain import timestamp
from activations.evidence.fields import GRANT, REQUEST, REVIEW, REVIEWER, Kind, Table
from activations.models import Grant, Request, Review, Reviewer, User

ROWS, BEFORE = "rows", "before"

Values = dict[str, Any]


def request_row(request: Request) -> dict[str, Values]:
    """All fields of a request that was just inserted."""
    return {REQUEST.name: _all(REQUEST, request)}


def grant_row(grant: Grant) -> dict[str, Values]:
    """All fields of a grant that was just inserted."""
    return {GRANT.name: _all(GRANT, grant)}


def reviewer_rows(reviewers: list[Reviewer]) -> dict[str, Values]:
    """All fields of the reviewers who were just asked."""
    return {REVIEWER.name: {reviewer.email: _all(REVIEWER, reviewer) for reviewer in reviewers}}


def review_row(review: Review) -> dict[str, Values]:
    """All fields of the review that was just given."""
    return {REVIEW.name: {review.reviewer.subject: _all(REVIEW, review)}}


def request_changes(**values: object) -> dict[str, Values]:
    """The fields that an event changes in its request."""
    return {REQUEST.name: _some(REQUEST, values)}


def grant_changes(**values: object) -> dict[str, Values]:
    """The fields that an event changes in its grant."""
    return {GRANT.name: _some(GRANT, values)}


def reviewer_changes(email: str, **values: object) -> dict[str, Values]:
    """The fields that an event changes in the row of one reviewer."""
    return {REVIEWER.name: {email: _some(REVIEWER, values)}}


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
