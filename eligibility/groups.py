"""Finds the groups of a person, including nested groups, and the path of memberships to each.

Cloud Identity finds all of them with one call where it may; otherwise the Directory is read group by group.
"""

import logging
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from threading import Lock
from typing import Protocol, TypeVar

from eligibility.caches import Expiring
from eligibility.facts import Principals, Way
from googlecloud.calls import gather
from googlecloud.cloud_identity import FoundGroup
from googlecloud.errors import (
    SWITCHED_OFF,
    Denied,
    GoogleCloudError,
    Invalid,
    NotFound,
    NotLicensed,
)

log = logging.getLogger(__name__)

T = TypeVar("T")

EDGES_KEPT_SECONDS = 600.0  # IAM takes longer than this to apply changes of nested groups
FAILURES_KEPT_SECONDS = 60.0
MOST_GROUPS_KEPT = 50_000
DEEPEST_NESTING = 20
REFUSALS_KEPT_SECONDS = 86_400.0  # editions, enabled APIs and admin roles seldom change
NAMES_KEPT_SECONDS = 86_400.0  # a group keeps its resource name
MOST_ANSWERS_KEPT = 50_000
_EVERYBODY = ""


class Directory(Protocol):
    """Lists the groups that a person or a group is a direct member of."""

    def groups_of(self, *, member: str, customer_id: str) -> list[str]: ...


class Search(Protocol):
    """Finds all groups of a person at once, or returns None if the search is refused."""

    def groups_of(self, person: str) -> Collection[str] | None: ...


@dataclass(frozen=True, slots=True)
class _Parents:
    """The groups that a group is a direct member of."""

    emails: tuple[str, ...] = ()
    are_known: bool = True


class GroupGraph:
    """Finds all groups of a person, with one search or from their direct groups upward.

    The search is live. Without it, the person's direct groups are read each time, and the memberships
    of groups are cached for ten minutes.
    """

    def __init__(
        self,
        directory: Directory,
        *,
        customer_id: str,
        search: Search | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._directory = directory
        self._search = search
        self._customer_id = customer_id
        self._edges: Expiring[str, _Parents] = Expiring(size=MOST_GROUPS_KEPT, clock=clock)

    def principals(self, *, user: str) -> Principals:
        """Return the person and all their groups. A group that cannot be read adds a warning.

        A search does not return the groups in between, so its paths contain the person and the group only.

        :raises GoogleCloudError: when the person's direct groups cannot be read, or Google does not answer.
        """
        email = user.lower()
        found = self._search.groups_of(email) if self._search else None
        return self.walked(user=email) if found is None else Principals.of(email, found)

    def walked(self, *, user: str) -> Principals:
        """Return the same from the Directory API, with each group on the path.

        :raises GoogleCloudError: when the person's direct groups cannot be read, or Google does not answer.
        """
        email = user.lower()
        warnings: list[str] = []
        ways = self._walk(f"user:{email}", self._direct_groups(email, warnings), warnings)
        return Principals(email, ways, tuple(warnings))

    def with_paths(self, *, user: str) -> Principals:
        """Return the same people and groups as `principals`, with the groups on the way where known.

        For explanations: after a search, the Directory is asked for the ways, and may fail to tell.

        :raises GoogleCloudError: as `principals`.
        """
        email = user.lower()
        found = self._search.groups_of(email) if self._search else None
        if found is None:
            return self.walked(user=email)
        searched = Principals.of(email, found)
        try:
            ways = self.walked(user=email).ways
        except GoogleCloudError:
            return searched
        return replace(
            searched, ways={name: ways.get(name, way) for name, way in searched.ways.items()}
        )

    def is_among(self, email: str, principals: Collection[str]) -> bool:
        """Return whether a person is one of the principals `user:…`, or in one of `group:…`.

        :raises GoogleCloudError: when that depends on groups that cannot be read.
        """
        wanted = {principal.lower() for principal in principals}
        if f"user:{email.lower()}" in wanted:
            return True
        if not any(principal.startswith("group:") for principal in wanted):
            return False
        return not wanted.isdisjoint(self.principals(user=email).ways)

    def _direct_groups(self, email: str, warnings: list[str]) -> list[str]:
        try:
            return self._ask(email)
        except (NotFound, Invalid):
            # People of other organizations have no groups here, but policies can name them directly.
            warnings.append(
                f"The groups of {email} cannot be read. Only roles granted to {email} directly are shown."
            )
            return []

    def _walk(self, me: str, direct: Iterable[str], warnings: list[str]) -> dict[str, Way]:
        """Go up level by level, visiting each group once, even when groups contain each other."""
        ways: dict[str, Way] = {me: (me,)}
        level: dict[str, Way] = dict.fromkeys(direct, (me,))
        for _ in range(DEEPEST_NESTING):
            ways |= {f"group:{group}": (*way, f"group:{group}") for group, way in level.items()}
            parents = self._parents_of(tuple(level))
            warnings.extend(
                f"The groups that contain {group} cannot be read. Roles held only through those"
                " groups are missing."
                for group, found in parents.items()
                if not found.are_known
            )
            level = {
                email: ways[f"group:{group}"]
                for group, found in parents.items()
                for email in found.emails
                if f"group:{email}" not in ways
            }
        if level:
            warnings.append(f"Groups nested deeper than {DEEPEST_NESTING} levels are ignored.")
        return ways

    def _parents_of(self, groups: Sequence[str]) -> dict[str, _Parents]:
        kept = {group: self._edges.get(group) for group in groups}
        missing = [group for group, parents in kept.items() if parents is None]
        asked = gather(*(partial(self._look_up, group) for group in missing))
        looked_up = dict(zip(missing, asked, strict=True))
        return {group: parents or looked_up[group] for group, parents in kept.items()}

    def _look_up(self, group: str) -> _Parents:
        try:
            parents = _Parents(tuple(self._ask(group)))
        except (Denied, NotFound, Invalid):
            parents = _Parents(are_known=False)
        seconds = EDGES_KEPT_SECONDS if parents.are_known else FAILURES_KEPT_SECONDS
        self._edges.put(group, parents, seconds=seconds)
        return parents

    def _ask(self, member: str) -> list[str]:
        return self._directory.groups_of(member=member, customer_id=self._customer_id)


class CloudIdentity(Protocol):
    """Searches through nested groups."""

    def groups_of(self, *, member: str, customer_id: str) -> list[FoundGroup]: ...
    def group_name(self, *, email: str) -> str: ...
    def groups_inside(self, *, name: str) -> frozenset[str]: ...


class GroupSearch:
    """Calls Cloud Identity, but not for a day after a refusal.

    A missing license or permission applies to all people, unless Cloud Identity has answered before.
    Then it applies to this person or group, such as one of another organization. Other failures of
    Google are raised and not cached.
    """

    def __init__(
        self,
        cloud_identity: CloudIdentity,
        *,
        customer_id: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cloud_identity = cloud_identity
        self._customer_id = customer_id
        self._refused: Expiring[str, str] = Expiring(size=MOST_ANSWERS_KEPT, clock=clock)
        self._names: Expiring[str, str] = Expiring(size=MOST_ANSWERS_KEPT, clock=clock)
        self._has_answered = False
        self._lock = Lock()

    def groups_of(self, person: str) -> tuple[str, ...] | None:
        """Return the addresses of all groups that contain a person; None if the search is refused.

        :raises GoogleCloudError: when Google does not answer.
        """
        found = self._asked(
            f"user:{person}",
            lambda: self._cloud_identity.groups_of(member=person, customer_id=self._customer_id),
        )
        return None if found is None else tuple(group.email for group in found)

    def groups_inside(self, group: str) -> frozenset[str]:
        """Return the addresses of all groups in a group; empty if the search is refused.

        :raises GoogleCloudError: when Google does not answer.
        """
        found = self._asked(
            f"group:{group}",
            lambda: self._cloud_identity.groups_inside(name=self._name_of(group)),
        )
        return found or frozenset()

    def _name_of(self, group: str) -> str:
        if name := self._names.get(group):
            return name
        name = self._cloud_identity.group_name(email=group)
        self._names.put(group, name, seconds=NAMES_KEPT_SECONDS)
        return name

    def _asked(self, principal: str, ask: Callable[[], T]) -> T | None:
        if self._refused.get(_EVERYBODY) or self._refused.get(principal):
            return None
        try:
            found = ask()
        except (Denied, Invalid, NotFound) as error:
            self._remember(principal, error)
            return None
        self._has_answered = True
        return found

    def _remember(self, principal: str, error: GoogleCloudError) -> None:
        with self._lock:
            if self._refused.get(_EVERYBODY):
                return  # another thread has recorded and logged the refusal
            is_general = self._is_general(principal, error)
            key = _EVERYBODY if is_general else principal
            self._refused.put(key, type(error).__name__, seconds=REFUSALS_KEPT_SECONDS)
        log.info(
            "Cloud Identity refuses searches%s. The Directory API is used for a day: %s",
            "" if is_general else f" for {principal}",
            error,
            extra={"event": "groups.source"},
        )

    def _is_general(self, principal: str, error: GoogleCloudError) -> bool:
        """Return whether a refusal applies to all people. Hidden and deleted groups are also denied."""
        if error.reason in SWITCHED_OFF:
            return True
        if self._has_answered or not isinstance(error, Denied):
            return False
        return isinstance(error, NotLicensed) or principal.startswith("user:")
