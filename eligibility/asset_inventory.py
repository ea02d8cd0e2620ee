"""Fetches facts from Cloud Asset Inventory, Resource Manager and the source of groups."""

from collections.abc import Callable, Collection, Iterable
from functools import partial
from typing import Protocol

from eligibility.facts import AttachedPolicy, Facts, Principals
from googlecloud.calls import gather
from googlecloud.cloud import Cloud


class Groups(Protocol):
    """Resolves a person's principals."""

    def principals(self, *, user: str) -> Principals: ...


class AssetInventoryCatalog:
    """Fetches facts from Google with concurrent calls.

    Calls `throttle` in the caller's thread before each call to Cloud Asset, because all people share
    that API's quota. `throttle` may block.
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

    def facts(self, *, user: str, project_id: str) -> Facts:
        """Return the facts for displaying lists. Cloud Asset's policies may be minutes old.

        :raises GoogleCloudError: when Google does not answer; a person without roles is no error.
        """
        self._throttle()
        principals, policies = gather(
            partial(self._groups.principals, user=user), partial(self._policies, project_id)
        )
        return Facts(principals.user, project_id, principals, tuple(policies))

    def decision_facts(self, *, user: str, project_id: str) -> Facts:
        """Return the facts for a decision. The project's own policy is read live, for reuse in the write.

        :raises GoogleCloudError: when Google does not answer; a person without roles is no error.
        """
        self._throttle()
        principals, policies, live_policy = gather(
            partial(self._groups.principals, user=user),
            partial(self._policies, project_id),
            partial(self._cloud.resource_manager.get_policy, project_id=project_id),
        )
        facts = Facts(principals.user, project_id, principals, tuple(policies))
        return facts.with_live_policy(live_policy)

    def facts_of(self, *, users: Collection[str], project_id: str, role: str) -> dict[str, Facts]:
        """Return the facts of several people, by e-mail address. Reads the policies once.

        They contain the bindings of all roles, including `role`.

        :raises GoogleCloudError: when Google does not answer; a person without roles is no error.
        """
        self._throttle()
        emails = distinct(users)
        policies, principals = gather(
            partial(self._policies, project_id), partial(self._principals_of, emails)
        )
        return {
            email: Facts(email, project_id, found, tuple(policies))
            for email, found in zip(emails, principals, strict=True)
        }

    def decision_facts_of(
        self, *, users: Collection[str], project_id: str, role: str
    ) -> dict[str, Facts]:
        """Return the facts for a decision about several people. The project's own policy is read live.

        :raises GoogleCloudError: when Google does not answer; a person without roles is no error.
        """
        found, live_policy = gather(
            # `gather` runs the first call in this thread, where the throttle may use the database.
            partial(self.facts_of, users=users, project_id=project_id, role=role),
            partial(self._cloud.resource_manager.get_policy, project_id=project_id),
        )
        return {email: facts.with_live_policy(live_policy) for email, facts in found.items()}

    def _principals_of(self, emails: Iterable[str]) -> tuple[Principals, ...]:
        return gather(*(partial(self._groups.principals, user=email) for email in emails))

    def _policies(self, project_id: str) -> Iterable[AttachedPolicy]:
        return self._cloud.asset.effective_policies(scope=self._scope, project_id=project_id)


def distinct(users: Iterable[str]) -> list[str]:
    """Return each address once, in lower case, in order."""
    return list(dict.fromkeys(user.lower() for user in users))
