"""Defines for each field how it may change after the row was inserted.

Triggers are generated from it, verification compares by it, and digests cover the fixed fields. A test
fails when a field of one of these models is missing here, so every new field needs a decision.
A field that an event may change later (a new address after a rename, for example) is `WHILE_OPEN` or
`ONCE`, and the event that changes it carries the new value; see :mod:`activations.evidence.recording`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db import models

from activations.domain.request_details import RequestDetails
from activations.domain.states import (
    AFTER_REVIEW_TRANSITIONS,
    GRANT_TRANSITIONS,
    REQUEST_TRANSITIONS,
)
from activations.models import AfterReview, Grant, Request, Review, Reviewer


class Change(Enum):
    """When a field may change."""

    NEVER = auto()  # a fact
    STATE = auto()  # only along the table's transitions
    WHILE_OPEN = auto()  # until the row reaches a final state
    ONCE = auto()  # from NULL to a value


class Kind(Enum):
    """How a value is written in an event."""

    PLAIN = auto()
    ID = auto()
    INSTANT = auto()
    JSON = auto()
    PERSON = auto()  # a foreign key to a person, written as the person's subject
    FLAG = auto()


@dataclass(frozen=True, eq=False)
class Table:
    """The rows of one model, as the evidence treats them.

    `key` is the field that identifies a row among those of one request, from the second stage on together with the stage. Events do not record `unrecorded`
    fields, and verification does not compare them. `address` is the field with the address of a `ONCE` person.
    `final_when` is an SQL condition on `OLD`, for rows without a state of their own: true when `WHILE_OPEN` ends.
    """

    name: str
    model: type[models.Model]
    key: str
    changes: Mapping[str, Change]
    transitions: Mapping[Any, Collection[str]]
    unrecorded: frozenset[str] = frozenset()
    address: str = ""
    final_when: str = ""

    @property
    def db_table(self) -> str:
        return self.model._meta.db_table  # noqa: SLF001  # documented by Django

    @cached_property
    def fields(self) -> dict[str, models.Field[object, object]]:
        """All columns of the model by the names of their fields."""
        return {
            field.name: field
            for field in self.model._meta.concrete_fields  # noqa: SLF001  # documented by Django
        }

    def column(self, name: str) -> str:
        """Return the column of a field."""
        return str(self.fields[name].column)

    @cached_property
    def kinds(self) -> dict[str, Kind]:
        return {name: _kind(field) for name, field in self.fields.items()}

    @cached_property
    def recorded(self) -> tuple[str, ...]:
        """The fields that events record; excludes numbers that only the database uses."""
        return tuple(
            name
            for name, field in self.fields.items()
            if name not in self.unrecorded and not isinstance(field, models.AutoField)
        )

    def named(self, *changes: Change) -> list[str]:
        """Return the fields that may change in one of these ways."""
        return [name for name, change in self.changes.items() if change in changes]

    def key_of(self, values: Mapping[str, Any]) -> str:
        """Return what identifies a row among those of one request."""
        key, stage = str(values[self.key]), values.get("stage", 1)
        return key if self is not REVIEWER or stage == 1 else f"{key} (stage {stage})"

    @cached_property
    def final_states(self) -> list[str]:
        """States without a transition; a table without states is final from the start."""
        return sorted(str(state) for state, targets in self.transitions.items() if not targets)

    def is_final(self, values: Mapping[str, object]) -> bool:
        return not self.transitions or values.get("state") in self.final_states


def _kind(field: models.Field[object, object]) -> Kind:
    if isinstance(field, models.ForeignKey):
        is_person = field.remote_field.model._meta.label == settings.AUTH_USER_MODEL  # noqa: SLF001
        return Kind.PERSON if is_person else Kind.ID
    if isinstance(field, models.UUIDField):
        return Kind.ID
    if isinstance(field, models.DateTimeField):
        return Kind.INSTANT
    if isinstance(field, models.JSONField):
        return Kind.JSON
    return Kind.FLAG if isinstance(field, models.BooleanField) else Kind.PLAIN


def changes_of(**named: str) -> dict[str, Change]:
    """Return how each field may change, given the fields of each kind of change, separated by spaces."""
    return {name: Change[how] for how, names in named.items() for name in names.split()}


REQUEST = Table(
    name="request",
    model=Request,
    key="id",
    changes=changes_of(
        NEVER="id activation_type beneficiary_email project_id role resource_condition role_key"
        f" {' '.join(RequestDetails.names())}"
        " ticket_url rule policy_sha256"
        " requested_at expires_at extends base_url channel address device_id access_levels"
        " trace idempotency_key fingerprint adopted_key",
        STATE="state",
        WHILE_OPEN="decided_at granted_rule granted_policy_sha256 granted_minutes"
        " stage stage_opened_at reminded_at escalated_at",
        ONCE="beneficiary",  # set for access that was found in IAM when the person signs in
    ),
    transitions=REQUEST_TRANSITIONS,
    address="beneficiary_email",
)
REVIEWER = Table(
    name="reviewer",
    model=Reviewer,
    key="email",
    changes=changes_of(NEVER="id request email part asked_at stage is_notified", ONCE="user"),
    transitions={},
    address="email",
)
REVIEW = Table(
    name="review",
    model=Review,
    key="reviewer",
    changes=changes_of(
        NEVER="id request reviewer reviewer_email part decision comment decided_at stage minutes"
        " on_behalf_of channel address device_id",
        ONCE="void_at",
    ),
    transitions={},
)
GRANT = Table(
    name="grant",
    model=Grant,
    key="id",
    changes=changes_of(
        NEVER="id request project_id role resource_condition role_key beneficiary_email start_time end_time"
        " eligible_by eligible_at",
        STATE="state",
        WHILE_OPEN="binding_end binding_title binding_description binding_expression written_at"
        " write_attempts etag_before etag_after failure failure_kind ending_asked_at ending_asked_by"
        " ending_reason ending_comment ending_failure ended_at end_reason renamed_to",
        ONCE="removed_at",
    ),
    transitions=GRANT_TRANSITIONS,
    # Set when the binding was seen to be removed, long after access ended; no event records it.
    unrecorded=frozenset({"removed_at"}),
)
AFTER_REVIEW = Table(
    name="after_review",
    model=AfterReview,
    key="request",
    changes=changes_of(
        NEVER="id request opened_at due_at asked",
        STATE="state",
        WHILE_OPEN="reviewer reviewer_email comment judged_at told_at",
    ),
    transitions=AFTER_REVIEW_TRANSITIONS,
    # When people were last told that it is overdue; the message is a row of its own.
    unrecorded=frozenset({"told_at"}),
)
TABLES = (REQUEST, REVIEWER, REVIEW, GRANT, AFTER_REVIEW)
BY_NAME = {table.name: table for table in TABLES}
