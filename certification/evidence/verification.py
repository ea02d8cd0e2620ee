"""Compares the rows of campaigns with the chain of events.

Of each item only digests are in memory, and only while its campaign is open at that place of the chain.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from activations.evidence.differences import Difference
from activations.evidence.recording import ROWS
from activations.evidence.rows import IMPORTED
from activations.models import Event
from certification.evidence.comparison import compare
from certification.evidence.fields import CAMPAIGN
from certification.evidence.rebuilt import Rebuilt
from certification.evidence.rows import KINDS
from certification.models import Campaign, CampaignState

TRIES = 5


class CampaignChecks:
    """Rebuilds each campaign, and compares it when it is closed, or at the end."""

    def __init__(self) -> None:
        self._open: dict[int, Rebuilt] = {}
        self._closed: set[int] = set()
        self._records_rows = False

    def take(self, content: Mapping[str, Any]) -> Iterator[Difference]:
        """Apply an event; a campaign that it closes is compared."""
        key = content["details"].get("campaign")
        if content["kind"] not in KINDS or key is None or ROWS not in content["details"]:
            return
        yield from self._objections(content, key)
        known = self._open.setdefault(key, Rebuilt(key, content["sequence"]))
        yield from known.add(content)
        if known.values.get("state") == CampaignState.CLOSED and known.has_all_items:
            yield from compare(known)
            del self._open[key]
            self._closed.add(key)

    def finish(self, last: int) -> Iterator[Difference]:
        """Compare the campaigns that are not closed, and find those that no event records."""
        found: list[Difference] = []
        for _ in range(TRIES):
            last, final = self._read_later(last)
            yield from final
            found = [*self._differences(), *self._strays()]
            if not found or not _later(last).exists():
                break
        yield from found

    def _objections(self, content: Mapping[str, Any], key: int) -> Iterator[Difference]:
        is_import = content["kind"] == IMPORTED
        if key in self._closed:
            message = "an event changes it after it was closed"
            yield Difference(CAMPAIGN.name, str(key), "", message, content["sequence"])
        if is_import and self._records_rows:
            message = "was imported without an event of its own, which only the migration does"
            yield Difference(CAMPAIGN.name, str(key), "", message, content["sequence"])
        self._records_rows |= not is_import

    def _read_later(self, last: int) -> tuple[int, list[Difference]]:
        found: list[Difference] = []
        for event in _later(last).order_by("sequence").iterator(chunk_size=100):
            found += self.take(event.content())
            last = event.sequence
        return last, found

    def _differences(self) -> Iterator[Difference]:
        for known in self._open.values():
            yield from compare(known)

    def _strays(self) -> Iterator[Difference]:
        known = self._closed.union(self._open)
        for key in Campaign.objects.order_by("pk").values_list("pk", flat=True).iterator():
            if key not in known:
                yield Difference(CAMPAIGN.name, str(key), "", "no event records it")


def _later(last: int) -> Any:
    return Event.objects.filter(sequence__gt=last, kind__in=KINDS)
