"""The export of events, with everything that is needed to verify the chain."""

from __future__ import annotations

from django.db.models import QuerySet

from activations.exports.columns import Column, Layout
from activations.models import Event


def event_rows(events: QuerySet[Event]) -> QuerySet[Event]:
    """Return the events in the order of the chain."""
    return events.order_by("sequence").select_related(None)


COLUMNS: tuple[Column[Event], ...] = (
    Column("sequence", "position in the chain", lambda e, _: e.sequence),
    Column("at", "when", lambda e, _: e.at),
    Column("kind", "kind of event", lambda e, _: e.kind),
    Column("request_id", "the request it concerns", lambda e, _: e.request_id),
    Column("grant_id", "the grant it concerns", lambda e, _: e.grant_id),
    Column("project_id", "project", lambda e, _: e.project_id),
    Column("role", "role", lambda e, _: e.role),
    Column("person_email", "whose access", lambda e, _: e.beneficiary_email),
    Column("actor_email", "who did it; empty for automation", lambda e, _: e.actor_email),
    Column("actor_subject", "stable id", lambda e, _: e.actor_subject),
    Column("was", "state before", lambda e, _: e.was),
    Column("became", "state after", lambda e, _: e.became),
    Column("comment", "comment of the actor", lambda e, _: e.comment),
    Column("details", "further facts", lambda e, _: e.details),
    Column("previous_hash", "of the previous event", lambda e, _: e.previous_hash),
    Column("hash", "of this event", lambda e, _: e.hash),
    Column(
        "pseudonymized_by",
        "the event that recorded a change of this one: its content does not match its hash",
        lambda e, _: e.pseudonymized_by,
    ),
)
EVENTS: Layout[Event] = Layout("events", 2, COLUMNS)
# The events that `pseudonymized_by` names, wherever they are in the chain.
PSEUDONYMIZATIONS: Layout[Event] = Layout("pseudonymizations", 1, COLUMNS)
