"""Verifies events in which a person's names were replaced by pseudonyms after they were recorded.

Such an event keeps its hash and its place in the chain, but its content does not match the hash any more.
`pseudonymized_by` is the number of the later event that recorded the change, with the SHA-256 of the content
that the change left.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from activations.domain.chain import sha256_of
from activations.models import Event

CHANGED, EVENTS = "evidence.migrated", "events"


class Changes:
    """Looks up what was recorded about changed events; keeps one record in memory."""

    def __init__(self) -> None:
        self._number = 0
        self._digests: Mapping[str, Any] = {}

    def explain(self, content: Mapping[str, Any], *, number: int | None) -> bool:
        """Whether the later event `number` recorded exactly this content as the one after its change."""
        if number is None or number <= content["sequence"]:
            return False
        if number != self._number:
            self._number, self._digests = number, _digests(number)
        return self._digests.get(str(content["sequence"])) == sha256_of(content)


def is_explained(event: Event) -> bool:
    """Whether the content of this event is what a recorded change left."""
    return Changes().explain(event.content(), number=event.pseudonymized_by)


def _digests(number: int) -> Mapping[str, Any]:
    found = Event.objects.filter(sequence=number, kind=CHANGED).values_list("details", flat=True)
    details = found.first() or {}
    digests = details.get(EVENTS)
    return digests if isinstance(digests, dict) else {}
