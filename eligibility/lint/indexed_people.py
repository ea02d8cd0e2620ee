"""Reads from the index who is in groups and who holds a role."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from eligibility.batches import batched
from eligibility.entitlements import ActivationType
from eligibility.facts import Binding, node_of
from eligibility.lint.people import ENOUGH, GroupFacts, InactiveMember
from eligibility.models import (
    IndexedBinding,
    IndexedGroup,
    IndexedGroupMember,
    IndexedMember,
    IndexedNode,
    Refresh,
)
from eligibility.people import ACTIVE_STATUSES
from googlecloud.names import is_service_account

_MOST_REMEMBERED = 10_000  # groups and nodes
_MOST_POLICIES = 500
_MOST_LISTED = 20
_AT_ONCE = 500  # values in one query


class IndexedPeople:
    """Answers for one refresh; remembers a bounded number of groups."""

    def __init__(self, refresh: Refresh) -> None:
        self._refresh = refresh
        self.group = lru_cache(maxsize=_MOST_REMEMBERED)(_facts_of)
        self._above = lru_cache(maxsize=_MOST_REMEMBERED)(self._read_above)
        self._at = lru_cache(maxsize=_MOST_POLICIES)(self._read_at)

    def groups_of(self, binding: Binding) -> list[GroupFacts]:
        """Return the facts of the groups that are members of a binding."""
        return [self.group(email) for email in _emails(binding.members, "group")]

    def statuses(self, bindings: Iterable[Binding]) -> dict[str, str]:
        """Return the status of people in the bindings whose accounts are not active, by e-mail."""
        people = {email for one in bindings for email in _emails(one.members, "user")}
        found: dict[str, str] = {}
        for emails in batched(people, _AT_ONCE):
            rows = IndexedGroupMember.objects.filter(email__in=emails, type="USER")
            inactive = rows.exclude(status__in=ACTIVE_STATUSES)
            found.update(inactive.values_list("email", "status").distinct())
        return found

    def holders(self, binding: Binding, resource_condition: str) -> GroupFacts:
        """Return who holds the role of a binding for approval by peers wherever the binding applies."""
        own = self.people_among(binding.members)
        if len(own.people) >= ENOUGH:
            return own
        keys = [
            key
            for node in self._above(node_of(binding.attached_resource))
            for key, *what in self._at(node)
            if what == [binding.role, resource_condition]
        ]
        # By key alone: with the refresh, databases may choose an index over all members.
        members = IndexedMember.objects.filter(binding__in=keys).values_list("member", flat=True)
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

    def _read_at(self, node: str) -> tuple[tuple[int, str, str], ...]:
        """Return key, role and condition of the bindings at a node that need approval by peers."""
        rows = IndexedBinding.objects.filter(
            refresh=self._refresh, node=node, activation_type=ActivationType.MPA
        )
        return tuple(rows.values_list("pk", "role", "resource_condition"))

    def _read_above(self, node: str) -> tuple[str, ...]:
        """Return a node and the nodes above it: the rows of a project are in this order."""
        project = IndexedNode.objects.filter(refresh=self._refresh, node=node).values("project")[:1]
        rows = IndexedNode.objects.filter(project__in=project).order_by("id")
        nodes = list(rows.values_list("node", flat=True))
        return tuple(nodes[nodes.index(node) :]) if node in nodes else (node,)


def _facts_of(email: str) -> GroupFacts:
    """Read a group with the groups inside it, level by level."""
    found = _Found()
    seen, level = {email}, [email]
    while level:
        read = found.read(level)
        nested: set[str] = set()
        for some in batched(read, _AT_ONCE):
            members = IndexedGroupMember.objects.filter(group__in=some)
            for group, *member in members.values_list(
                "group_id", "type", "email", "status"
            ).iterator():
                nested.update(found.add(read[group], *member))
        level = sorted(nested - seen)
        seen |= nested
    return GroupFacts(
        frozenset(found.people), tuple(found.inactive), tuple(found.unreadable), found.is_complete
    )


@dataclass(slots=True)
class _Found:
    """What is found while a group is read; every list is bounded."""

    people: set[str] = field(default_factory=set)
    inactive: list[InactiveMember] = field(default_factory=list)
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    is_complete: bool = True

    def read(self, emails: Sequence[str]) -> dict[int, str]:
        """Return the e-mails of those groups whose members are known, by key."""
        read: dict[int, str] = {}
        for some in batched(emails, _AT_ONCE):
            for group in IndexedGroup.objects.filter(email__in=some).order_by("email"):
                if group.is_readable and group.read_at:
                    read[group.pk] = group.email
                elif not group.is_readable and len(self.unreadable) < _MOST_LISTED:
                    self.unreadable.append((group.email, group.warning))
        self.is_complete = self.is_complete and len(read) == len(emails)
        return read

    def add(self, group: str, kind: str, email: str, status: str) -> Iterator[str]:
        """Add a member of a group; yield it when it is a group."""
        if kind == "GROUP":
            yield email
        elif kind != "USER" or not email:
            self.is_complete = False  # everybody of a domain, or somebody without an address
        elif status not in ACTIVE_STATUSES:
            if len(self.inactive) < _MOST_LISTED:
                self.inactive.append(InactiveMember(group, email, status))
        elif len(self.people) < ENOUGH and not is_service_account(email):
            self.people.add(email)


def _emails(members: Iterable[str], kind: str) -> list[str]:
    prefix = f"{kind}:"
    lower = (member.lower() for member in members)
    return [member.removeprefix(prefix) for member in lower if member.startswith(prefix)]
