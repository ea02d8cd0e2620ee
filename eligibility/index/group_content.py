"""What a group contains according to the index: its people, and the groups through which it has them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from eligibility.index.memberships import groups_inside
from eligibility.models import IndexedGroup, IndexedGroupMember
from eligibility.people import ACTIVE_STATUSES
from googlecloud.names import is_service_account

MOST_MEMBERS = 1000
GROUP = "GROUP"

Path = tuple[str, ...]
"""The groups from the outermost to the one that has the member directly."""


@dataclass(frozen=True, slots=True)
class ReadGroup:
    """A group, the shortest path to it, and how it was read; `read_at` is None before the first time."""

    email: str
    path: Path
    read_at: datetime | None
    is_readable: bool
    warning: str


@dataclass(frozen=True, slots=True)
class GroupMember:
    """A member that is no group; `mark` says what keeps it from activating a role, '' for nothing."""

    email: str
    path: Path
    mark: str


@dataclass(frozen=True, slots=True)
class GroupContent:
    """A group: itself and the groups in it, nearest first, and their members by address."""

    group: ReadGroup
    nested: tuple[ReadGroup, ...]
    members: tuple[GroupMember, ...]
    has_more: bool

    @property
    def unreadable(self) -> list[ReadGroup]:
        """Return the groups whose members are not known."""
        return [one for one in (self.group, *self.nested) if not one.is_readable or not one.read_at]


def group_content(email: str) -> GroupContent | None:
    """Return the content of a group; None when the index does not know it. Takes four queries.

    At most `MOST_MEMBERS` memberships are read, in the order of their addresses.
    """
    known = {row.email: row for row in IndexedGroup.objects.filter(email__in=groups_inside(email))}
    if email not in known:
        return None
    paths = dict(_paths(email, _edges(known.values())))
    first, *nested = (_read(path, known.get(path[-1])) for path in paths.values())
    rows = IndexedGroupMember.objects.filter(group__in=known.values()).exclude(type=GROUP)
    found = list(
        rows.order_by("email", "id").values_list(
            "email", "type", "status", "account_id", "group__email"
        )[: MOST_MEMBERS + 1]
    )
    members: dict[str, GroupMember] = {}
    for address, kind, status, account, group in found[:MOST_MEMBERS]:
        member = GroupMember(address, paths[group], mark_of(address, kind=kind, status=status))
        key = address or account or kind
        members[key] = min(members.get(key, member), member, key=lambda one: len(one.path))
    return GroupContent(first, tuple(nested), tuple(members.values()), len(found) > MOST_MEMBERS)


def mark_of(address: str, *, kind: str, status: str) -> str:
    """Return what is unusual about a member of a group; `kind` and `status` as in `IndexedGroupMember`."""
    if kind == "CUSTOMER":
        return "everybody in the organization: does not count as a member"
    if is_service_account(address):
        return "service account: cannot activate"
    if status not in ACTIVE_STATUSES:
        return f"{status.lower()}: cannot sign in"
    if kind == "USER":
        return ""
    return "external" if kind == "EXTERNAL" else kind.lower()


def _edges(groups: Iterable[IndexedGroup]) -> dict[str, list[str]]:
    rows = IndexedGroupMember.objects.filter(group__in=groups, type=GROUP).exclude(email="")
    edges: dict[str, list[str]] = defaultdict(list)
    for outer, inner in rows.order_by("email").values_list("group__email", "email"):
        edges[outer].append(inner)
    return edges


def _paths(email: str, edges: Mapping[str, list[str]]) -> Iterator[tuple[str, Path]]:
    """Yield each group with the shortest path to it, nearest groups first."""
    met = {email}
    waiting: list[Path] = [(email,)]
    for path in waiting:
        yield path[-1], path
        for inner in edges.get(path[-1], ()):
            if inner not in met:
                met.add(inner)
                waiting.append((*path, inner))


def _read(path: Path, row: IndexedGroup | None) -> ReadGroup:
    if row is None:
        return ReadGroup(path[-1], path, read_at=None, is_readable=True, warning="")
    return ReadGroup(row.email, path, row.read_at, row.is_readable, row.warning)
