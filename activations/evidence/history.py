"""Rebuilds the rows of one request from its events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from activations.evidence.earlier import hidden, recorded_values
from activations.evidence.fields import BY_NAME, GRANT, REQUEST, Change
from activations.evidence.recording import BEFORE, ROWS
from activations.evidence.rows import IMPORTED

# The first event of a request.
CREATING = ("request.self_approved", "request.pending", "grant.adopted", IMPORTED)
MIGRATED = "evidence.row_migrated"

Key = tuple[str, str]


def begins_request(content: Mapping[str, Any]) -> bool:
    """Whether this is the first event of its request."""
    if not content["request"] or content["kind"] not in CREATING:
        return False
    return content["kind"] == "grant.adopted" or not content["grant"]


@dataclass(slots=True)
class Rebuilt:
    """One row as its events record it. It is whole if version 0.2.0 or later recorded all its fields.

    `by` has the number of the event that last recorded a field; `first` is the event that created the row.
    """

    first: int
    is_whole: bool
    values: dict[str, Any] = field(default_factory=dict)
    by: dict[str, int] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)


@dataclass(slots=True)
class History:
    """Applies the events of one request in their order."""

    request: str
    rows: dict[Key, Rebuilt] = field(default_factory=dict)
    # Contradictions in the events: a row that is created twice, a fact that changes.
    contradictions: list[tuple[int, Key, str]] = field(default_factory=list)

    def add(self, content: Mapping[str, Any]) -> None:
        """Apply the next event."""
        try:
            self._add(content)
        except (TypeError, ValueError, AttributeError, KeyError) as error:
            message = f"its event cannot be read: {error!r}"
            self.contradictions.append((content["sequence"], (REQUEST.name, self.request), message))

    def _add(self, content: Mapping[str, Any]) -> None:
        if content["kind"] == IMPORTED:
            self._found_without_events(content)
            return
        rows = content["details"].get(ROWS)
        if rows is None:
            self._add_earlier(content)
            return
        for name, values in rows.items():
            keyed = {self._own(name, content): values} if name in _OWN else values
            for key, row in keyed.items():
                self._take((name, key), row, content)

    def _own(self, name: str, content: Mapping[str, Any]) -> str:
        return str(content["grant"]) if name == GRANT.name else self.request

    def _take(self, key: Key, row: Mapping[str, Any], content: Mapping[str, Any]) -> None:
        table, sequence = BY_NAME[key[0]], content["sequence"]
        known = self.rows.get(key)
        if known is None:
            known = self.rows[key] = Rebuilt(sequence, is_whole=_has_facts(key[0], row))
        elif content["kind"] != MIGRATED:
            for name in row:
                if table.changes.get(name) is Change.NEVER:
                    message = f"{name} is a fact, and an event changes it"
                    self.contradictions.append((sequence, key, message))
        _merge(known, row, sequence)

    def _add_earlier(self, content: Mapping[str, Any]) -> None:
        sequence = content["sequence"]
        for name, key, values in recorded_values(content):
            place = (name, key or self._own(name, content))
            known = self.rows.get(place)
            if known is None:
                known = self.rows[place] = Rebuilt(sequence, is_whole=False)
            elif known.is_whole:
                values = {n: v for n, v in values.items() if not _is_fixed(name, n)}  # noqa: PLW2901
            if name == GRANT.name:
                _hide(known, hidden(content))
            _merge(known, values, sequence)

    def _found_without_events(self, content: Mapping[str, Any]) -> None:
        """Add a row that had no event when the migration imported it."""
        name = GRANT.name if content["grant"] else REQUEST.name
        key = (name, self._own(name, content))
        self.rows.setdefault(key, Rebuilt(content["sequence"], is_whole=False))


_OWN = {REQUEST.name, GRANT.name}


def _has_facts(name: str, row: Mapping[str, Any]) -> bool:
    """Whether an event describes a new row rather than a change of an unknown one."""
    return sum(_is_fixed(name, field) for field in row) > 1


def _is_fixed(name: str, field: str) -> bool:
    return BY_NAME[name].changes.get(field) is Change.NEVER


def _merge(known: Rebuilt, values: Mapping[str, Any], sequence: int) -> None:
    known.values.update(values)
    known.hidden.difference_update(values)
    known.by.update(dict.fromkeys(values, sequence))


def _hide(known: Rebuilt, names: list[str]) -> None:
    known.hidden.update(names)
    for name in names:
        known.values.pop(name, None)


def undone(contents: Sequence[Mapping[str, Any]], key: Key, request: str) -> dict[str, Any]:
    """Return the facts of a row before these later events, where a migration changed them."""
    values: dict[str, Any] = {}
    for content in reversed(contents):
        rows = content["details"].get(BEFORE, {})
        own = content["grant"] if key[0] == GRANT.name else request
        row = rows.get(key[0], {})
        if key[0] not in _OWN:
            row = row.get(key[1], {})
        elif own != key[1]:
            row = {}
        values.update(row)
    return values
