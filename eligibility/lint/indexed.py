"""Lints the bindings of a refresh, a few at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from eligibility.conditions import Eligibility, read_eligibility
from eligibility.entitlements import ActivationType
from eligibility.facts import Binding, attached_to
from eligibility.lint.finding import Finding, Kind
from eligibility.lint.granting import really_grants
from eligibility.lint.indexed_people import IndexedPeople
from eligibility.lint.people import GroupFacts, inactive_people, no_reviewer, unreadable_groups
from eligibility.lint.rules import findings_of, is_ended
from eligibility.models import IndexedBinding, IndexedMember, Refresh

_AT_ONCE = 200  # bindings
_POSITION = re.compile(r"([ne])([0-9]{1,18})")
ABOUT_NEAR_MISSES = frozenset({Kind.REALLY_GRANTS, Kind.NEAR_MISS})


@dataclass(frozen=True, slots=True)
class Position:
    """How far lint is: near misses come first, then eligible bindings, each by their keys."""

    is_eligible: bool = False
    key: int = 0

    @classmethod
    def parse(cls, text: str) -> Position:
        """Read a position from an address; anything else is the beginning."""
        match = _POSITION.fullmatch(text)
        return cls(match[1] == "e", int(match[2])) if match else cls()

    def __str__(self) -> str:
        return f"{'e' if self.is_eligible else 'n'}{self.key}"


@dataclass(frozen=True, slots=True)
class Linted:
    """One binding with what is wrong with it."""

    position: Position
    findings: tuple[Finding, ...]


def lint(
    refresh: Refresh,
    *,
    now: datetime,
    reviewers: Sequence[str] = (),
    after: Position = Position(),
    kind: Kind | None = None,
) -> Iterator[Linted]:
    """Yield every binding after a position, also those without findings.

    `reviewers` are the designated reviewers, as in REVIEWERS. With `kind`, bindings that cannot have such
    a finding are left out. Memory does not grow with the number of bindings.
    """
    people = IndexedPeople(refresh)
    designated = people.people_among(reviewers)
    for is_eligible in (False, True):
        if after.is_eligible and not is_eligible:
            continue
        if kind and (kind in ABOUT_NEAR_MISSES) == is_eligible:
            continue
        first = after.key if after.is_eligible == is_eligible else 0
        for chunk in _chunks(_rows(refresh, is_eligible=is_eligible), first):
            statuses = people.statuses(one for _, one in chunk) if is_eligible else {}
            for key, binding in chunk:
                found = list(findings_of(binding, now=now))
                if is_eligible:
                    found += _about_people(binding, now, people, statuses, designated)
                wanted = tuple(one for one in found if kind in (None, one.kind))
                yield Linted(Position(is_eligible, key), wanted)


def count_granting(refresh: Refresh) -> int:
    """Return how many bindings may grant their role without any activation."""
    expressions = _rows(refresh, is_eligible=False).values_list("expression", flat=True)
    return sum(really_grants(expression) for expression in expressions.iterator())


def _about_people(
    binding: Binding,
    now: datetime,
    people: IndexedPeople,
    statuses: dict[str, str],
    designated: GroupFacts,
) -> Iterator[Finding]:
    reading = read_eligibility(binding.expression)
    if not isinstance(reading, Eligibility) or is_ended(reading, now):
        return
    groups = people.groups_of(binding)
    if reading.activation_type is ActivationType.MPA:
        holders = people.holders(binding, reading.resource_condition)
        yield from no_reviewer(binding, holders, designated)
    yield from unreadable_groups(binding, groups)
    yield from inactive_people(binding, statuses, groups)


def _rows(refresh: Refresh, *, is_eligible: bool) -> QuerySet[IndexedBinding]:
    rows = IndexedBinding.objects.filter(refresh=refresh)
    return rows.exclude(activation_type="") if is_eligible else rows.filter(activation_type="")


def _chunks(rows: QuerySet[IndexedBinding], after: int) -> Iterator[list[tuple[int, Binding]]]:
    """Yield bindings with their keys; each chunk by queries of its own, so that no cursor stays open."""
    # Plain values: instances with their members refer to each other, and stay until a garbage collection.
    columns = ("pk", "role", "title", "expression", "node", "description")
    while True:
        found = list(rows.filter(pk__gt=after).order_by("pk").values_list(*columns)[:_AT_ONCE])
        if not found:
            return
        members = _members([key for key, *_ in found])
        yield [
            (key, Binding(role, members[key], title, expression, attached_to(node), description))
            for key, role, title, expression, node, description in found
        ]
        after = found[-1][0]


def _members(keys: Sequence[int]) -> dict[int, tuple[str, ...]]:
    # By key alone: with the refresh, databases may choose an index over all members.
    rows = IndexedMember.objects.filter(binding__in=keys).values_list("binding_id", "member")
    members: dict[int, list[str]] = {key: [] for key in keys}
    for key, member in rows:
        members[key].append(member)
    return {key: tuple(sorted(found)) for key, found in members.items()}
