"""A campaign as its events record it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from activations.domain.chain import sha256_of
from activations.evidence.differences import Difference
from activations.evidence.fields import Change
from activations.evidence.recording import ROWS
from certification.evidence.fields import CAMPAIGN, CAMPAIGN_ITEM, CAMPAIGN_REVIEWER
from certification.evidence.rows import DECIDED


class Item(NamedTuple):
    """Digests of an item's facts and of its decision, its reviewer, and the events that recorded both."""

    facts: bytes
    reviewer: str
    decided: bytes = b""
    decided_by_event: int = 0
    assigned_by_event: int = 0


@dataclass(slots=True)
class Rebuilt:
    """Applies the events of one campaign in their order; `by` has the last event of each field."""

    key: int
    first: int
    values: dict[str, Any] = field(default_factory=dict)
    by: dict[str, int] = field(default_factory=dict)
    reviewers: dict[str, int] = field(default_factory=dict)
    people: dict[str, Any] = field(default_factory=dict)
    items: dict[int, Item] = field(default_factory=dict)
    expected_items: int = 0

    @property
    def owner(self) -> str:
        return f"access review {self.key}"

    @property
    def has_all_items(self) -> bool:
        """Whether events have recorded all items; an imported campaign is closed before its items follow."""
        return len(self.items) >= self.expected_items

    def add(self, content: Mapping[str, Any]) -> Iterator[Difference]:
        """Apply the next event; yield what it contradicts."""
        details, sequence = content["details"], content["sequence"]
        rows = details[ROWS]
        self.people |= details.get("people", {})
        self.expected_items = details.get("items", self.expected_items)
        yield from self._add_campaign(rows.get(CAMPAIGN.name, {}).get(str(self.key), {}), sequence)
        for principal in rows.get(CAMPAIGN_REVIEWER.name, {}):
            self.reviewers.setdefault(principal, sequence)
        for number, values in rows.get(CAMPAIGN_ITEM.name, {}).items():
            yield from self._add_item(int(number), values, sequence)

    def _add_campaign(self, values: Mapping[str, Any], sequence: int) -> Iterator[Difference]:
        for name, value in values.items():
            if name in self.values and CAMPAIGN.changes.get(name) is Change.NEVER:
                message = f"{name} is a fact, and an event changes it"
                yield Difference(CAMPAIGN.name, str(self.key), "", message, sequence, name)
            self.values[name], self.by[name] = value, sequence

    def _add_item(
        self, number: int, values: Mapping[str, Any], sequence: int
    ) -> Iterator[Difference]:
        known = self.items.get(number)
        if known is None:
            known = Item(bytes.fromhex(values["sha256"]), values["reviewer"], b"", 0, sequence)
        elif "sha256" in values:
            message = "its facts are recorded twice"
            yield Difference(
                CAMPAIGN_ITEM.name, str(number), "", message, sequence, owner=self.owner
            )
        if "reviewer" in values:
            known = known._replace(reviewer=values["reviewer"], assigned_by_event=sequence)
        if "decision" in values:
            digest = sha256_of({name: values[name] for name in DECIDED})
            known = known._replace(decided=bytes.fromhex(digest), decided_by_event=sequence)
        self.items[number] = known
