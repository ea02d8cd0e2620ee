"""What a proposed access policy would have decided otherwise among the requests of the last 90 days."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

from activations.domain.text import folded
from activations.models import Request
from activations.services.access_rules import current_environment, rules_in_force
from eligibility.entitlements import ActivationType
from policies.rules.policy import Policy
from policies.rules.replay import Asked, Change, Outcome, Unknown, replay
from policies.rules.wishes import Wish

if TYPE_CHECKING:
    from policies.document.shape import Document

PERIOD = timedelta(days=90)
# One row for each role of a request. More would take longer than people wait for a page.
MOST_ROWS = 30_000
MOST_LISTED = 100
AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Line:
    """A request with what the proposed policy changes for it, or with what is not known about it."""

    id: uuid.UUID
    requested_at: datetime
    requester: str
    project_id: str
    roles: tuple[str, ...]
    minutes: int
    outcome: Outcome

    @property
    def changes(self) -> list[str]:
        return [one.value for one in self.outcome.changes]

    @property
    def unknown(self) -> list[str]:
        return sorted(one.value for one in self.outcome.unknown)


@dataclass(slots=True)
class Replay:
    """How many requests were compared, and which of them are decided otherwise; the newest come first.

    `touched` are those for which only other requirements hold. Lists end after MOST_LISTED lines. `is_cut` says that older requests were not compared.
    """

    since: datetime
    compared: int = 0
    is_cut: bool = False
    changed: int = 0
    touched: int = 0
    unknown: int = 0
    changes: Counter[Change] = field(default_factory=Counter)
    unknowns: Counter[Unknown] = field(default_factory=Counter)
    changed_lines: list[Line] = field(default_factory=list)
    unknown_lines: list[Line] = field(default_factory=list)

    def add(self, line: Line) -> None:
        """Count a request, and list it while there is room."""
        self.compared += 1
        outcome = line.outcome
        self.changes.update(outcome.changes)
        self.unknowns.update(outcome.unknown)
        if outcome.is_other_decision:
            self.changed += 1
            _list(line, self.changed_lines)
        elif outcome.changes:
            self.touched += 1
        elif outcome.unknown:
            self.unknown += 1
            _list(line, self.unknown_lines)

    @property
    def counted_changes(self) -> list[tuple[str, int]]:
        """What changes and for how many requests, in the order of `Change`."""
        return [(one.value, self.changes[one]) for one in Change if self.changes[one]]

    @property
    def counted_unknowns(self) -> list[tuple[str, int]]:
        return [(one.value, self.unknowns[one]) for one in Unknown if self.unknowns[one]]


def replay_requests(document: Document, *, now: datetime) -> Replay:
    """Compare a document with the policy in force, for all requests of the last 90 days.

    Takes two queries, whatever the number of requests, and reads rows as a stream.

    :raises UnusablePolicy: when the active policy cannot be applied.
    """
    before, after = rules_in_force().policy, Policy(document, current_environment())
    found = Replay(since=now - PERIOD)
    for rows in _requests(found):
        asked = _asked(rows)
        found.add(_line(rows[0], asked, replay(asked, before, after, now=now)))
    return found


def _list(line: Line, lines: list[Line]) -> None:
    if len(lines) < MOST_LISTED:
        lines.append(line)


# --- rows -----------------------------------------------------------------------------------------
_Row = dict[str, Any]
COLUMNS = (
    *("id", "requested_at", "beneficiary_email", "project_id", "activation_type", "role"),
    *("minutes", "justification", "ticket", "stage", "break_glass", "grants__role"),
)


def _requests(found: Replay) -> Iterator[list[_Row]]:
    """Yield the rows of each request, the newest first: one for each grant, at least one."""
    rows = (
        Request.objects.filter(requested_at__gte=found.since, adopted_key="")
        .order_by("-requested_at", "-id")
        .values(*COLUMNS)[: MOST_ROWS + 1]
        .iterator(chunk_size=AT_ONCE)
    )
    read = 0
    for _, of_request in groupby(rows, key=lambda row: row["id"]):
        group = list(of_request)
        read += len(group)
        if read > MOST_ROWS:
            # The last request may have more rows than were read.
            found.is_cut = True
            return
        yield group


def _asked(rows: list[_Row]) -> Asked:
    row = rows[0]
    roles = dict.fromkeys(one["grants__role"] for one in rows if one["grants__role"])
    return Asked(
        project_id=row["project_id"],
        requester=row["beneficiary_email"],
        roles=(row["role"],) if row["role"] else tuple(roles),
        types=_types(row),
        wish=Wish(row["minutes"], folded(row["justification"]), row["ticket"]),
        used_break_glass=row["break_glass"],
    )


def _types(row: _Row) -> tuple[ActivationType, ...]:
    """Return the types that the marker may have: stages and break glass apply to both in the same way."""
    if row["stage"] or row["break_glass"]:
        return (ActivationType.MPA, ActivationType.JIT)
    return (ActivationType(row["activation_type"]),)


def _line(row: _Row, asked: Asked, outcome: Outcome) -> Line:
    return Line(
        id=row["id"],
        requested_at=row["requested_at"],
        requester=row["beneficiary_email"],
        project_id=row["project_id"],
        roles=asked.roles,
        minutes=row["minutes"],
        outcome=outcome,
    )
