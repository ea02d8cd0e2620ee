"""Finds out who may activate what, with Cloud Asset Inventory and the Directory API."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from eligibility.bindings import AttachedPolicy
from eligibility.entitlements import ActivationType, ProjectRole
from eligibility.facts import Facts
from eligibility.group_members import People
from eligibility.holders import groups_of_holders, holders
from eligibility.membership import BOTH_TYPES, EntitlementSet, entitlements, roles_held
from eligibility.principals import Principals
from eligibility.validity import Period, usable, why_not
from googlecloud.cloud import Cloud
from googlecloud.parallel import gather


class NotEligible(Exception):
    """The person may not activate this role in this way."""

    def __init__(
        self, user: str, role: ProjectRole, activation_type: ActivationType, reason: str = ""
    ) -> None:
        said = f"The user {user} is not allowed to activate {role.id} using {activation_type}"
        super().__init__(f"{said}: {reason}" if reason else said)


def granted_period(
    user: str, role: ProjectRole, activation_type: ActivationType, wanted: Period
) -> Period:
    """Return the wanted period, cut to the end of the eligibility; the start stays.

    :raises NotEligible: when the role's condition is false for all of it, whatever the resource.
    """
    left = usable(role.resource_condition, wanted)
    if left is None:
        reason = why_not(role.resource_condition, wanted)
        raise NotEligible(user, role, activation_type, reason)
    return Period(wanted.start, left.end)


@dataclass(frozen=True, slots=True)
class Peers:
    """Who else may review, sorted, and what could not be found out."""

    emails: tuple[str, ...]
    warnings: tuple[str, ...]


class Groups(Protocol):
    """Tells a person's principals."""

    def principals(self, *, user: str) -> Principals: ...


class AssetInventoryCatalog:
    """Asks Google once per question, all at the same time, and judges the answers by one rule.

    `throttle` is called in the caller's thread before each call to Cloud Asset, whose quota all people
    share; it may wait.
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
        """Return what lists are made of: policies may be minutes old.

        :raises GoogleCloudError: when Google does not answer; never because somebody holds nothing.
        """
        self._throttle()
        principals, policies = gather(
            partial(self._groups.principals, user=user), partial(self._policies, project_id)
        )
        return Facts(principals.user, project_id, principals, tuple(policies))

    def decision_facts(self, *, user: str, project_id: str) -> Facts:
        """Return what decisions are made of: the project's own policy is read live, and kept for the write.

        :raises GoogleCloudError: when Google does not answer; never because somebody holds nothing.
        """
        self._throttle()
        principals, policies, live_policy = gather(
            partial(self._groups.principals, user=user),
            partial(self._policies, project_id),
            partial(self._cloud.resource_manager.get_policy, project_id=project_id),
        )
        facts = Facts(principals.user, project_id, principals, tuple(policies))
        return facts.with_live_policy(live_policy)

    def facts_of(self, *, users: Collection[str], project_id: str) -> dict[str, Facts]:
        """Return the facts of several people at once, by e-mail; the policies are asked for once.

        :raises GoogleCloudError: when Google does not answer; never because somebody holds nothing.
        """
        self._throttle()
        emails = _distinct(users)
        policies, principals = gather(
            partial(self._policies, project_id), partial(self._principals_of, emails)
        )
        return {
            email: Facts(email, project_id, found, tuple(policies))
            for email, found in zip(emails, principals, strict=True)
        }

    def decision_facts_of(self, *, users: Collection[str], project_id: str) -> dict[str, Facts]:
        """Return what a decision about several people is made of; the project's own policy is live.

        :raises GoogleCloudError: when Google does not answer; never because somebody holds nothing.
        """
        found, live_policy = gather(
            # The first of these runs in this very thread, where the throttle may use the database.
            partial(self.facts_of, users=users, project_id=project_id),
            partial(self._cloud.resource_manager.get_policy, project_id=project_id),
        )
        return {email: facts.with_live_policy(live_policy) for email, facts in found.items()}

    def entitlements(
        self,
        facts: Facts,
        *,
        wanted: Period,
        types: Collection[ActivationType] = BOTH_TYPES,
    ) -> EntitlementSet:
        """Return what the person may activate within the wanted period, and has activated."""
        return entitlements(
            project_id=facts.project_id,
            policies=facts.policies,
            principals=facts.principals,
            wanted=wanted,
            types=types,
        )

    def check(
        self,
        facts: Facts,
        requested: Iterable[ProjectRole],
        activation_type: ActivationType,
        *,
        wanted: Period | None,
    ) -> None:
        """Check roles, and the period in which they are wanted unless that was decided before.

        :raises NotEligible: for the first role that the person may not activate in this way.
        """
        held = roles_held(
            project_id=facts.project_id,
            policies=facts.policies,
            principals=facts.principals,
            activation_type=activation_type,
        )
        for role in requested:
            if role not in held:
                raise NotEligible(facts.user, role, activation_type)
            if wanted:
                granted_period(facts.user, role, activation_type, wanted)

    def peers(
        self, facts: Facts, role: ProjectRole, people: Callable[[Collection[str]], People]
    ) -> Peers:
        """Return who else holds a role that needs approval: one rule for the offer and the decision.

        :raises GoogleCloudError: when Google does not answer.
        """
        groups = groups_of_holders(
            project_role=role, activation_type=ActivationType.MPA, policies=facts.policies
        )
        found = people(groups)
        emails = holders(
            project_role=role,
            activation_type=ActivationType.MPA,
            policies=facts.policies,
            people_of=found.of,
        )
        return Peers(tuple(email for email in emails if email != facts.user), found.warnings)

    def _principals_of(self, emails: Iterable[str]) -> tuple[Principals, ...]:
        return gather(*(partial(self._groups.principals, user=email) for email in emails))

    def _policies(self, project_id: str) -> Iterable[AttachedPolicy]:
        return self._cloud.asset.effective_policies(scope=self._scope, project_id=project_id)


def _distinct(users: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(user.lower() for user in users))
