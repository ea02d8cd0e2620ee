"""Labels with number and hash of the event that a log entry reports, as anchors outside of the database."""

from __future__ import annotations

from activations.models import Event, Grant, Request

ACTIVATED = "grant.active"


def event_of(row: Request | Grant) -> dict[str, str]:
    """Return labels of the event that this process recorded last for this row, or no labels."""
    return _labels_of(row.recorded.sequence, row.recorded.hash) if row.recorded else {}


def activation_event(grant: Grant) -> dict[str, str]:
    """Return labels of the event that made this grant active, also when another process recorded it."""
    if grant.recorded and grant.recorded.kind == ACTIVATED:
        return event_of(grant)
    found = Event.objects.filter(grant=grant, kind=ACTIVATED).order_by("sequence")
    last = found.values_list("sequence", "hash").last()
    return _labels_of(*last) if last else {}


def _labels_of(sequence: int, hash_: str) -> dict[str, str]:
    return {"event_sequence": str(sequence), "event_hash": hash_}
