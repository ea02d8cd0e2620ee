"""Reads from the index who is in groups and who holds a role."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import TypeVar

from django.db.models import QuerySet

from eligibility.bindings import Binding, node_of
from eligibility.entitlements import ActivationType
from eligibility.lint.people import ENOUGH, GroupFacts, InactiveMember
from eligibility.models import (
    IndexedGroup,
    IndexedGroupMember,
    IndexedMember,
    IndexedNode,
    Refresh,
)
from googlecloud.google_accounts import is_service_account

T = TypeVar("T")

_ACTIVE = ("", "ACTIVE")
_MOST_REMEMBERED = 10_000  # groups and nodes
_MOST_INACTIVE = 20
_AT_ONCE = 500  # values in one query


class IndexedPeople:
    """Answers for one refresh; remembers a bounded number of groups."""

    def __init__(self, refresh: Refresh) -> None:
        self._refresh = refresh
        self.group = lru_cache(maxsize=_MOST_REMEMBERED)(_facts_of)
        self._above = lru_cache(maxsize=_MOST_REMEMBERED)(self._read_above)

    def groups_of(self, binding: Binding) -> list[GroupFacts]:
        """Return the facts of the groups that are members of a binding."""
        return [self.group(email) for email in _emails(binding.members, "group")]

    def statuses(self, bindings: Iterable[Binding]) -> dict[str, str]:
        """Return the status of people in the bindings whose accounts are not active, by e-mail."""
        people = {email for one in bindings for email in _emails(one.members, "user")}
        found: dict[str, str] = {}
        for emails in _slices(people):
            rows = _inactive(IndexedGroupMember.objects.filter(email__in=emails))
            found.update(rows.values_list("email", "status").distinct())
        return found

    def holders(self, binding: Binding, resource_condition: str) -> GroupFacts:
        """Return who holds the role of a binding for approval by peers wherever the binding applies."""
        members = IndexedMember.objects.filter(
            refresh=self._refresh,
            binding__role=binding.role,
            binding__activation_type=ActivationType.MPA,
            binding__resource_condition=resource_condition,
            binding__node__in=self._above(node_of(binding.attached_resource)),
        ).values_list("member", flat=True)
        return self.people_among(members.distinct().iterator())

    def people_among(self, members: Iterable[str]) -> GroupFacts:
        """Return the people who are, or are in, these members; stops when there are enough."""
        people: frozenset[str] = frozenset()
        is_complete = True
        for member in members:
            kind, _, email = member.lower().partition(":")
            if kind == "user" and not is_service_account(email):
                people |= {email}
            elif kind == "group":
                facts = self.group(email)
                people |= facts.people
                is_complete = is_complete and facts.is_complete
            if len(people) >= ENOUGH:
                break
        return GroupFacts(people=people, is_complete=is_complete)

    def _read_above(self, node: str) -> tuple[str, ...]:
        """Return a node and the nodes above it: the rows of a project are in this order."""
        project = IndexedNode.objects.filter(refresh=self._refresh, node=node).values("project")[:1]
        rows = IndexedNode.objects.filter(project__in=project).order_by("id")
        nodes = list(rows.values_list("node", flat=True))
        return tuple(nodes[nodes.index(node) :]) if node in nodes else (node,)


def _facts_of(email: str) -> GroupFacts:
    """Read a group with the groups inside it, level by level."""
    people: set[str] = set()
    inactive: list[InactiveMember] = []
    unreadable: list[tuple[str, str]] = []
    is_complete = True
    seen, level = {email}, [email]
    while level:
        groups = _groups(level)
        bad = [(one.email, one.warning) for one in groups if not one.is_readable]
        unreadable += bad
        read = [one for one in groups if one.is_readable and one.read_at]
        is_complete = is_complete and len(read) == len(level) and not _has_others(read)
        people |= _people(read, but=people)
        inactive += _inactive_in(read)[: _MOST_INACTIVE - len(inactive)]
        level = [nested for nested in _nested(read) if nested not in seen]
        seen.update(level)
    return GroupFacts(
        frozenset(people), tuple(inactive), tuple(unreadable[:_MOST_INACTIVE]), is_complete
    )


def _groups(emails: Sequence[str]) -> list[IndexedGroup]:
    return [
        group
        for some in _slices(emails)
        for group in IndexedGroup.objects.filter(email__in=some).order_by("email")
    ]


def _members_of(groups: Sequence[IndexedGroup]) -> Iterator[QuerySet[IndexedGroupMember]]:
    for some in _slices([group.pk for group in groups]):
        yield IndexedGroupMember.objects.filter(group__in=some)


def _people(groups: Sequence[IndexedGroup], *, but: Iterable[str]) -> set[str]:
    """Return some active people who are direct members, at most `ENOUGH` with those known before."""
    found = set(but)
    for members in _members_of(groups):
        rows = members.filter(type="USER", status__in=_ACTIVE).exclude(email="")
        emails = rows.values_list("email", flat=True).distinct().iterator()
        new = (email for email in emails if email not in found and not is_service_account(email))
        found.update(islice(new, ENOUGH - len(found)) if len(found) < ENOUGH else ())
    return found


def _inactive_in(groups: Sequence[IndexedGroup]) -> list[InactiveMember]:
    rows = (
        row
        for members in _members_of(groups)
        for row in _inactive(members)
        .order_by("group__email", "email")
        .values_list("group__email", "email", "status")[:_MOST_INACTIVE]
    )
    return [InactiveMember(*row) for row in rows]


def _inactive(members: QuerySet[IndexedGroupMember]) -> QuerySet[IndexedGroupMember]:
    return members.filter(type="USER").exclude(status__in=_ACTIVE).exclude(email="")


def _nested(groups: Sequence[IndexedGroup]) -> list[str]:
    return [
        email
        for members in _members_of(groups)
        for email in members.filter(type="GROUP").values_list("email", flat=True).distinct()
    ]


def _has_others(groups: Sequence[IndexedGroup]) -> bool:
    """Whether there are members that are no people or groups, such as everybody of a domain."""
    return any(
        members.exclude(type__in=("USER", "GROUP")).exists() for members in _members_of(groups)
    )


def _emails(members: Iterable[str], kind: str) -> list[str]:
    prefix = f"{kind}:"
    lower = (member.lower() for member in members)
    return [member.removeprefix(prefix) for member in lower if member.startswith(prefix)]


def _slices(values: Iterable[T]) -> Iterator[list[T]]:
    remaining = iter(values)
    while some := list(islice(remaining, _AT_ONCE)):
        yield some
