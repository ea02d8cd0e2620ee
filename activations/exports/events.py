"""The export of events: the evidence itself, with all that is needed to check its chain."""

from __future__ import annotations

from django.db.models import QuerySet

from activations.exports.columns import Column, Layout
from activations.models import Event


def event_rows(events: QuerySet[Event]) -> QuerySet[Event]:
    """The events in the order of the chain."""
    return events.order_by("sequence").select_related(None)


EVENTS: Layout[Event] = Layout(
    "events",
    1,
    (
        Column("sequence", "place in the chain", lambda e, _: e.sequence),
        Column("at", "when", lambda e, _: e.at),
        Column("kind", "what happened", lambda e, _: e.kind),
        Column("request_id", "on which request", lambda e, _: e.request_id),
        Column("grant_id", "on which grant", lambda e, _: e.grant_id),
        Column("project_id", "project", lambda e, _: e.project_id),
        Column("role", "role", lambda e, _: e.role),
        Column("person_email", "whose access", lambda e, _: e.beneficiary_email),
        Column("actor_email", "who did it; empty: automation", lambda e, _: e.actor_email),
        Column("actor_subject", "stable id", lambda e, _: e.actor_subject),
        Column("was", "state before", lambda e, _: e.was),
        Column("became", "state after", lambda e, _: e.became),
        Column("comment", "in words", lambda e, _: e.comment),
        Column("details", "all else", lambda e, _: e.details),
        Column("previous_hash", "of the event before", lambda e, _: e.previous_hash),
        Column("hash", "of this event", lambda e, _: e.hash),
    ),
)
