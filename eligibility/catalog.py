"""Catalogs fetch facts; `eligibility.judgement` evaluates them. What all catalogs do in the same way."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable
from functools import partial
from typing import Generic, Protocol, TypeVar

from eligibility.facts import Facts, Principals
from googlecloud.calls import gather
from googlecloud.cloud import Cloud

Read = TypeVar("Read")


class Groups(Protocol):
    """Resolves a person's principals."""

    def principals(self, *, user: str) -> Principals: ...


class Catalog(ABC, Generic[Read]):
    """Fetches a person's principals and the policies that are in effect on a project, with concurrent calls.

    A catalog defines how the policies are read, and how what was read becomes facts. Calls `throttle`
    in the caller's thread before each call to Cloud Asset, because all people share that API's quota.
    `throttle` may block or raise.

    All methods raise GoogleCloudError when Google does not answer. A person without roles is no error.
    """

    def __init__(
        self,
        cloud: Cloud,
        *,
        scope: str,
        groups: Groups,
        throttle: Callable[[], None] = lambda: None,
    ) -> None:
        self._throttle = throttle
        self._cloud = cloud
        self._scope = scope
        self._groups = groups

    @abstractmethod
    def _read_of_person(self, user: str, project_id: str) -> Read:
        """Read the policies for one person; bindings that do not include the person may be missing."""

    @abstractmethod
    def _read_of_role(self, role: str, project_id: str) -> Read:
        """Read the policies for one role; bindings of other roles may be missing."""

    @abstractmethod
    def _facts_from(self, found: Read, principals: Principals, project_id: str) -> Facts:
        """Return the facts about one person."""

    def facts(self, *, user: str, project_id: str) -> Facts:
        """Return the facts for displaying lists. The policies may be minutes old.

        Bindings that do not include the person may be missing.
        """
        self._throttle()
        return self._facts(user, project_id)

    def decision_facts(self, *, user: str, project_id: str) -> Facts:
        """Return the facts for a decision. The project's own policy is read live, for reuse in the write.

        Bindings of folders and the organization that do not include the person may be missing.
        """
        self._throttle()
        found: Facts
        found, live_policy = gather(
            partial(self._facts, user, project_id),
            partial(self._cloud.resource_manager.get_policy, project_id=project_id),
        )
        return found.with_live_policy(live_policy)

    def facts_of(self, *, users: Collection[str], project_id: str, role: str) -> dict[str, Facts]:
        """Return the facts of several people about one role, by e-mail address. Reads the policies once.

        All bindings of the role are included with all their members. Those of other roles may be missing.
        """
        self._throttle()
        return self._facts_of(users, project_id, role)

    def decision_facts_of(
        self, *, users: Collection[str], project_id: str, role: str
    ) -> dict[str, Facts]:
        """Return the facts for a decision about several people and one role.

        The project's own policy is read live. Otherwise as `facts_of`.
        """
        self._throttle()
        found: dict[str, Facts]
        found, live_policy = gather(
            partial(self._facts_of, users, project_id, role),
            partial(self._cloud.resource_manager.get_policy, project_id=project_id),
        )
        return {email: facts.with_live_policy(live_policy) for email, facts in found.items()}

    def _facts(self, user: str, project_id: str) -> Facts:
        principals, found = gather(
            partial(self._groups.principals, user=user),
            partial(self._read_of_person, user, project_id),
        )
        return self._facts_from(found, principals, project_id)

    def _facts_of(self, users: Iterable[str], project_id: str, role: str) -> dict[str, Facts]:
        emails = dict.fromkeys(user.lower() for user in users)
        found, principals = gather(
            partial(self._read_of_role, role, project_id), partial(self._principals_of, emails)
        )
        return {one.user: self._facts_from(found, one, project_id) for one in principals}

    def _principals_of(self, emails: Iterable[str]) -> tuple[Principals, ...]:
        return gather(*(partial(self._groups.principals, user=email) for email in emails))
