"""Finds the people in groups, including nested groups."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from eligibility.caches import Expiring
from eligibility.groups import DEEPEST_NESTING, EDGES_KEPT_SECONDS, MOST_GROUPS_KEPT
from eligibility.people import ACTIVE_STATUSES, People
from googlecloud.calls import gather
from googlecloud.errors import Denied, Invalid, NotFound
from googlecloud.names import is_service_account


class Member(Protocol):
    """A direct member of a group; `type` and `status` as the Directory API returns them."""

    @property
    def email(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def id(self) -> str: ...


class Directory(Protocol):
    """Lists the direct members of a group."""

    def members_of(self, *, group: str) -> Sequence[Member]: ...


class Search(Protocol):
    """Finds all groups in a group at once, or returns none if the search is refused."""

    def groups_inside(self, group: str) -> frozenset[str]: ...


@dataclass(frozen=True, slots=True)
class _Content:
    people: frozenset[str] = frozenset()
    subgroups: frozenset[str] = frozenset()
    ids: Mapping[str, str] = field(default_factory=dict)
    refused: frozenset[str] = frozenset()
    suspended: frozenset[str] = frozenset()
    has_everybody: bool = False
    is_known: bool = True


class GroupMembers:
    """Expands groups. Reads people each time; caches for ten minutes which groups a group contains.

    Known nested groups are read concurrently with the groups that contain them, so that nesting
    takes more calls but, once cached, no more time. If a search is possible, it returns nested groups
    of any depth at once. It does not return who is suspended, a service account or external, so the
    Directory API determines who may review.
    """

    def __init__(
        self,
        directory: Directory,
        *,
        search: Search | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._directory = directory
        self._search = search
        self._inside: Expiring[str, frozenset[str]] = Expiring(size=MOST_GROUPS_KEPT, clock=clock)

    def people(self, groups: Iterable[str]) -> People:
        """Return the people in these groups. A group that cannot be read is empty and adds a warning.

        :raises GoogleCloudError: when Google does not answer.
        """
        wanted = sorted({group.lower() for group in groups})
        contents, searched = self._first_level(wanted)
        level = {inner for content in contents.values() for inner in content.subgroups} | searched
        for _ in range(DEEPEST_NESTING - 1):
            level -= contents.keys()
            if not level:
                break
            read = self._contents(level)
            contents |= read
            level = {inner for content in read.values() for inner in content.subgroups}
        reached = {group: tuple(_reached(group, contents)) for group in wanted}
        return People(
            of={
                group: frozenset().union(*(contents[inner].people for inner in inners))
                for group, inners in reached.items()
            },
            warnings=tuple(_warnings(contents)),
            ids={email: id_ for content in contents.values() for email, id_ in content.ids.items()},
            refused=frozenset().union(*(content.refused for content in contents.values())),
            suspended=frozenset().union(*(content.suspended for content in contents.values())),
            with_everybody=frozenset(
                group for group, content in contents.items() if content.has_everybody
            ),
            unread=frozenset(group for group, content in contents.items() if not content.is_known),
        )

    def _first_level(self, wanted: Sequence[str]) -> tuple[dict[str, _Content], set[str]]:
        """Read the groups and their cached nested groups, and search for further nested groups."""
        level = set(wanted) | self._known_inside(wanted)
        if self._search is None:
            return self._contents(level), set()
        unknown = [group for group in wanted if self._inside.get(group) is None]
        inside = (partial(self._search.groups_inside, group) for group in unknown)
        contents, found = gather(partial(self._contents, level), lambda: gather(*inside))
        return contents, set().union(*found)

    def _contents(self, groups: Iterable[str]) -> dict[str, _Content]:
        asked = sorted(groups)
        found = gather(*(partial(self._ask, group) for group in asked))
        return dict(zip(asked, found, strict=True))

    def _known_inside(self, groups: Iterable[str]) -> set[str]:
        found: set[str] = set()
        waiting = list(groups)
        while waiting:
            for inner in self._inside.get(waiting.pop()) or ():
                if inner not in found:
                    found.add(inner)
                    waiting.append(inner)
        return found

    def _ask(self, group: str) -> _Content:
        try:
            members = self._directory.members_of(group=group)
        except (Denied, NotFound, Invalid):
            return _Content(is_known=False)
        people = [m for m in members if m.email and m.type != "GROUP"]
        active = [m for m in people if is_active_person(m)]
        content = _Content(
            people=frozenset(m.email.lower() for m in active),
            ids={m.email.lower(): m.id for m in active if m.id},
            refused=frozenset(m.email.lower() for m in people) - {m.email.lower() for m in active},
            subgroups=frozenset(m.email.lower() for m in members if m.type == "GROUP"),
            suspended=frozenset(m.email.lower() for m in people if _is_suspended(m)),
            has_everybody=any(m.type == "CUSTOMER" for m in members),
        )
        self._inside.put(group, content.subgroups, seconds=EDGES_KEPT_SECONDS)
        return content


def is_active_person(member: Member) -> bool:
    """Return whether a member is an active user and not a service account."""
    return (
        member.type == "USER" and not _is_suspended(member) and not is_service_account(member.email)
    )


def _is_suspended(member: Member) -> bool:
    return member.status not in ACTIVE_STATUSES


def _reached(group: str, contents: Mapping[str, _Content]) -> Iterator[str]:
    """Yield the group and all groups in it, each once, even when groups contain each other."""
    met, waiting = {group}, [group]
    while waiting:
        current = waiting.pop()
        if current in contents:
            yield current
            fresh = contents[current].subgroups - met
            met |= fresh
            waiting.extend(sorted(fresh))


def _warnings(contents: Mapping[str, _Content]) -> Iterator[str]:
    for group, content in sorted(contents.items()):
        if not content.is_known:
            yield f"The members of {group} cannot be read. People who are only in this group are missing."
