"""Replaces names in rows and events by pseudonyms, and records the change.

In one transaction: removes the triggers, changes rows and events, compares both again, and reinstalls the
triggers. The hash of a changed event stays; the SHA-256 of its new content is recorded in the chain.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from activations.domain.chain import sha256_of
from activations.domain.pseudonyms import Pseudonyms
from activations.evidence import named_events, registered, stored
from activations.evidence.comparison import differences
from activations.evidence.differences import Difference
from activations.evidence.digests import FIXED, covered, digest
from activations.evidence.fields import BY_NAME, TABLES, Table
from activations.evidence.imports import wrong_digests
from activations.evidence.named_rows import Place, places
from activations.evidence.pseudonymized import CHANGED, EVENTS, is_explained
from activations.evidence.recording import Step, record
from activations.evidence.row_sums import add_lines
from activations.evidence.rows import IMPORTED
from activations.evidence.triggers import faults, remove_triggers, restore_triggers
from activations.models import Event
from eligibility.batches import batched
from policies import triggers as policies

AT_ONCE = 200
EVENT = Event._meta.db_table  # noqa: SLF001  # documented by Django


class NotPseudonymized(Exception):
    """Nothing was changed; the text says why."""


@dataclass(slots=True)
class Plan:
    """Which rows of which tables, and which events, contain the names. `head` is the last event that was read.

    `left` counts, by table, rows that contain a name only as a part of another word; they stay as they are.
    """

    head: int
    rows: dict[str, list[Any]] = field(default_factory=dict)
    events: list[int] = field(default_factory=list)
    left: dict[str, int] = field(default_factory=dict)
    requests: set[str] = field(default_factory=set)

    def count_left(self, table: str) -> None:
        """Count a row that stays as it is."""
        self.left[table] = self.left.get(table, 0) + 1

    @property
    def counts(self) -> dict[str, int]:
        """The number of rows to change, by table."""
        found = {name: len(keys) for name, keys in self.rows.items()}
        return found | ({EVENT: len(self.events)} if self.events else {})


def make_plan(names: Pseudonyms, *, head: int) -> Plan:
    """Read all tables and find what contains the names; changes nothing."""
    plan = Plan(head)
    for place in places():
        _plan_rows(plan, place, names)
    _plan_events(plan, names)
    return plan


def _plan_rows(plan: Plan, place: Place, names: Pseudonyms) -> None:
    found, table = [], _table_of(place)
    for row in place.candidates(names):
        if place.changes(row, names):
            found.append(row["pk"])
        else:
            plan.count_left(_name(place))
    if found:
        plan.rows[_name(place)] = found
    if table in TABLES:
        for part in batched(map(str, found), AT_ONCE):
            plan.requests |= {row.request for row in stored.by_key(table, part, ["id"])}


def _plan_events(plan: Plan, names: Pseudonyms) -> None:
    numbers = set(named_events.importing(_changed_keys(plan)))
    numbers |= registered.holding(_changed_elsewhere(plan))
    rows = named_events.candidates(names).exclude(kind=IMPORTED, details__table__in=list(BY_NAME))
    for event in rows.iterator(chunk_size=AT_ONCE):
        if named_events.changes(event, names, {}):
            numbers.add(event.sequence)
            plan.requests |= {str(event.request_id)} if event.request_id else set()
        else:
            plan.count_left(EVENT)
    plan.events = sorted(numbers)


def check_evidence(plan: Plan) -> None:
    """Check that the evidence which the plan would change is valid.

    :raises NotPseudonymized: when it is not: a change must not hide that something else was changed before.
    """
    if wrong := [str(one) for one in faults(connection)] + policies.faults(connection):
        raise NotPseudonymized(
            f"The evidence is not protected: {wrong[0]}. Run `manage.py migrate` first."
        )
    for found in _differences(plan):
        raise NotPseudonymized(
            f"The evidence is not valid: {found}. Run `manage.py verify_evidence`."
        )
    for event in _events(plan.events):
        if event.computed_hash() != event.hash and not is_explained(event):
            raise NotPseudonymized(
                f"The evidence is not valid: event {event.sequence} was changed."
            )
        for wrong_row in _wrong_imports(event):
            raise NotPseudonymized(f"The evidence is not valid: {wrong_row}.")


def carry_out(plan: Plan, names: Pseudonyms, *, now: datetime) -> None:
    """Change the rows and events of a plan. Call it in `recording()`, which rolls everything back on an error.

    :raises NotPseudonymized: when events with the names were recorded since the plan, or rows and events do not
        match afterwards.
    """
    later = (
        e
        for e in named_events.candidates(names, after=plan.head)
        if named_events.changes(e, names, {})
    )
    for event in later:
        raise NotPseudonymized(
            f"Event {event.sequence} was recorded meanwhile. Run the command again."
        )
    held = _still_valid(plan)
    remove_triggers(connection)
    policies.remove_triggers(connection)
    for place in places():
        if keys := plan.rows.get(_name(place)):
            _change_rows(place, keys, names, now=now)
    renewal = _Renewal(_new_digests(plan), held)
    parts = list(batched(plan.events, AT_ONCE))
    plan.events = [
        number for part in parts for number in _change_events(part, names, renewal, now=now)
    ]
    restore_triggers(connection)
    policies.install_triggers(connection)
    _check_afterwards(plan)


def _still_valid(plan: Plan) -> set[int]:
    """Check again, while nothing else can record, what digests of registered tables cover; return their events."""
    changed = _changed_elsewhere(plan)
    held = registered.holding(changed)
    for number in sorted(held.difference(plan.events)):
        raise NotPseudonymized(f"Event {number} was recorded meanwhile. Run the command again.")
    for found in registered.differences(changed):
        raise NotPseudonymized(f"The evidence is not valid: {found}.")
    return held


def _change_rows(place: Place, keys: list[Any], names: Pseudonyms, *, now: datetime) -> None:
    """Change the rows of one table; those of the evidence with a record of the digests before and after."""
    table, before, after = _table_of(place), hashlib.sha256(), hashlib.sha256()
    rows = place.model._base_manager  # noqa: SLF001  # documented by Django
    for part in batched(keys, AT_ONCE):
        add_lines(before, table, part)
        found = rows.filter(pk__in=part).values("pk", *place.texts, *place.documents)
        for row in found:
            if values := place.changes(row, names):
                rows.filter(pk=row["pk"]).update(**values)
        add_lines(after, table, part)
    if table is not None:
        digests = {"sha256_before": before.hexdigest(), "sha256_after": after.hexdigest()}
        record(_step({"table": table.name, "rows_changed": len(keys)} | digests, now=now))


@dataclass(frozen=True, slots=True)
class _Renewal:
    """The new digests of rows of this app, and the numbers of events with digests of registered tables."""

    digests: named_events.Digests
    held: set[int]

    def changes(self, event: Event, names: Pseudonyms) -> dict[str, Any]:
        renew = registered.renewed if event.sequence in self.held else None
        return named_events.changes(event, names, self.digests, renew)


def _change_events(
    numbers: list[int], names: Pseudonyms, renewal: _Renewal, *, now: datetime
) -> list[int]:
    """Change those of these events that contain names or digests of changed rows; return their numbers."""
    changed, recorded = {}, {}
    for event in _events(numbers):
        if values := renewal.changes(event, names):
            for name, value in values.items():
                setattr(event, name, value)
            changed[event.sequence] = values
            recorded[str(event.sequence)] = sha256_of(event.content())
    details = {"table": "event", "rows_changed": len(changed), EVENTS: recorded}
    step = record(_step(details, now=now))
    for number, values in changed.items():
        Event.objects.filter(pk=number).update(**values, pseudonymized_by=step.sequence)
    return list(changed)


def _step(details: dict[str, Any], *, now: datetime) -> Step:
    return Step(kind=CHANGED, at=now, details={"migration": "pseudonymize"} | details)


def _new_digests(plan: Plan) -> dict[tuple[str, str], str]:
    """Return the digests of changed rows, for the events that imported them."""
    found = {}
    for name, keys in _changed_keys(plan).items():
        table = BY_NAME[name]
        if name in FIXED:
            for row in stored.by_key(table, keys, covered(table)):
                found[name, row.pk] = digest(table, row.values)
    return found


def _changed_keys(plan: Plan) -> dict[str, set[str]]:
    """Return the keys of the changed rows of the evidence, by table."""
    found = {table.name: plan.rows.get(table.db_table, []) for table in TABLES}
    return {name: {str(key) for key in keys} for name, keys in found.items() if keys}


def _changed_elsewhere(plan: Plan) -> dict[str, list[Any]]:
    """Return the keys of the changed rows of registered tables."""
    others = (table for table in registered.all_tables() if table not in TABLES)
    return {
        table.name: plan.rows[table.db_table] for table in others if table.db_table in plan.rows
    }


def _differences(plan: Plan) -> Iterator[Difference]:
    """Compare the rows with their events."""
    for part in batched(sorted(plan.requests), AT_ONCE):
        yield from differences(part)
    yield from registered.differences(_changed_elsewhere(plan))


def _wrong_imports(event: Event) -> Iterable[Difference]:
    """Compare the rows that an event imported with their digests in it, if it has no more of them."""
    return wrong_digests(event.content()) if named_events.has_digests_alone(event) else ()


def _check_afterwards(plan: Plan) -> None:
    for found in _differences(plan):
        raise NotPseudonymized(f"Rows and events would not match afterwards: {found}.")
    for event in _events(plan.events):
        for wrong in _wrong_imports(event):
            raise NotPseudonymized(f"Rows and events would not match afterwards: {wrong}.")


def _events(numbers: Iterable[int]) -> Iterator[Event]:
    for part in batched(numbers, AT_ONCE):
        yield from Event.objects.filter(pk__in=part).order_by("sequence")


def _name(place: Place) -> str:
    return place.model._meta.db_table  # noqa: SLF001  # documented by Django


def _table_of(place: Place) -> Table | None:
    tables = registered.all_tables()
    return next((table for table in tables if table.model is place.model), None)
