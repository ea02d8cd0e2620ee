"""The sequence and hash of a row's last event, so that an export can be checked against the evidence."""

from __future__ import annotations

from typing import Any

from django.db.models import OuterRef, Subquery

from activations.models import Event


def last_event(link: str, *, key: str = "pk", kinds: str = "") -> dict[str, Subquery]:
    """Return annotations: sequence and hash of the last event that `link` joins to the row's `key`.

    `kinds` is what the kinds of these events begin with.
    """
    joined = {link: OuterRef(key), "kind__startswith": kinds} if kinds else {link: OuterRef(key)}
    events: Any = Event.objects.filter(**joined).order_by("-sequence")
    return {
        "last_event_sequence": Subquery(events.values("sequence")[:1]),
        "last_event_hash": Subquery(events.values("hash")[:1]),
    }
