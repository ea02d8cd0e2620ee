"""Determines from facts who may activate a role and who may review it; no I/O, for all catalogs."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from eligibility.entitlements import ActivationType, ProjectRole
from eligibility.facts import Facts
from eligibility.group_members import People
from eligibility.holders import groups_of_holders, holders
from eligibility.membership import BOTH_TYPES, EntitlementSet, Holding, entitlements, holdings
from eligibility.validity import Period, usable, why_not


class NotEligible(Exception):
    """The person may not activate this role with this activation type."""

    def __init__(
        self, user: str, role: ProjectRole, activation_type: ActivationType, reason: str = ""
    ) -> None:
        said = f"The user {user} is not allowed to activate {role.id} using {activation_type}"
        super().__init__(f"{said}: {reason}" if reason else said)


def granted_period(
    user: str, role: ProjectRole, activation_type: ActivationType, wanted: Period
) -> Period:
    """Return the wanted period, cut to the end of the eligibility; the start does not change.

    :raises NotEligible: when the role's condition is false for the whole period and every resource.
    """
    left = usable(role.resource_condition, wanted)
    if left is None:
        reason = why_not(role.resource_condition, wanted)
        raise NotEligible(user, role, activation_type, reason)
    return Period(wanted.start, left.end)


@dataclass(frozen=True, slots=True)
class Peers:
    """The e-mail addresses of possible reviewers, sorted, and warnings about what cannot be read."""

    emails: tuple[str, ...]
    warnings: tuple[str, ...]


def entitlements_of(
    facts: Facts, *, wanted: Period, types: Collection[ActivationType] = BOTH_TYPES
) -> EntitlementSet:
    """Return the roles that the person may activate within the wanted period, and their activations."""
    return entitlements(
        project_id=facts.project_id,
        policies=facts.policies,
        principals=facts.principals,
        wanted=wanted,
        types=types,
    )


def check_eligible(
    facts: Facts,
    requested: Iterable[ProjectRole],
    activation_type: ActivationType,
    *,
    wanted: Period | None,
) -> tuple[Holding, ...]:
    """Check roles, and the wanted period unless it is None because an earlier decision set it.

    Return how the person holds each of them, sorted by the role's id.

    :raises NotEligible: for the first role that the person may not activate with this type.
    """
    held = holdings(
        project_id=facts.project_id,
        policies=facts.policies,
        principals=facts.principals,
        activation_type=activation_type,
    )
    by_role = {holding.project_role: holding for holding in held}
    roles = tuple(requested)
    for role in roles:
        if role not in by_role:
            raise NotEligible(facts.user, role, activation_type)
        if wanted:
            granted_period(facts.user, role, activation_type, wanted)
    return tuple(holding for role, holding in by_role.items() if role in roles)


def peers_of(facts: Facts, role: ProjectRole, people: Callable[[Collection[str]], People]) -> Peers:
    """Return the other people who hold a role that requires approval, for listing and for decisions.

    :raises GoogleCloudError: when `people` raises it.
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
