"""The events of one request, one line for what happened at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from activations.models import Event, Request
from activations.pages.wording import short_role

PHRASES = {
    "request.self_approved": "Requested; no approval by others was needed",
    "grant.provisioning": "Google was asked for {roles}",
    "grant.active": "Granted {roles}",
    "grant.failed": "Not granted: {roles}",
    "grant.ended": "Ended {roles}",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """What happened, when and by whom."""

    words: str
    at: datetime
    who: str


def timeline(request: Request) -> list[Moment]:
    """Oldest first."""
    events = Event.objects.filter(request=request).order_by("sequence")
    together = groupby(events, key=lambda event: (event.kind, event.at, event.actor_email))
    return [_moment(list(group)) for _, group in together]


def _moment(events: Sequence[Event]) -> Moment:
    first = events[0]
    phrase = PHRASES.get(first.kind, first.kind.replace(".", " ").replace("_", " "))
    words = phrase.format(roles=_names(event.role for event in events))
    return Moment(words, first.at, first.actor_email or "JIT Access")


def _names(roles: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(short_role(role) for role in roles if role))
