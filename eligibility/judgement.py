"""Determines from facts who may activate a role and who may review it; no I/O, for all catalogs."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace

from eligibility.entitlements import ActivationType, ProjectRole
from eligibility.facts import Facts
from eligibility.holders import groups_of_holders, holders
from eligibility.membership import (
    BOTH_TYPES,
    EntitlementSet,
    Holding,
    entitlements,
    holdings,
    roles_held,
)
from eligibility.people import People
from eligibility.validity import Period, usable, why_not
from googlecloud.errors import Unavailable


class NotEligible(Exception):
    """The person may not activate this role with this activation type."""

    def __init__(
        self,
        user: str,
        role: ProjectRole,
        activation_type: ActivationType | None,
        reason: str = "",
    ) -> None:
        said = (
            f"The user {user} is not allowed to activate {role.id} using {_named(activation_type)}"
        )
        super().__init__(f"{said}: {reason}" if reason else said)
        self.user = user
        self.role = role


class Undetermined(Unavailable):
    """The facts are incomplete, so it is not known whether the person may activate the role."""

    sent = False

    def __init__(
        self, user: str, role: ProjectRole, activation_type: ActivationType | None
    ) -> None:
        # The warnings may name groups, which a person without roles must not learn.
        super().__init__(
            f"It could not be determined whether {user} is allowed to activate {role.id} using"
            f" {_named(activation_type)}, because Google could not analyze all IAM policies",
            reason="INCOMPLETE_FACTS",
        )


def _named(activation_type: ActivationType | None) -> str:
    return activation_type or " or ".join(BOTH_TYPES)


def granted_period(
    user: str, role: ProjectRole, activation_type: ActivationType | None, wanted: Period
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
    found = entitlements(
        project_id=facts.project_id,
        policies=facts.policies,
        principals=facts.principals,
        wanted=wanted,
        types=types,
    )
    return replace(found, warnings=tuple(dict.fromkeys((*found.warnings, *facts.warnings))))


def check_eligible(
    facts: Facts,
    requested: Iterable[ProjectRole],
    activation_type: ActivationType | None,
    *,
    wanted: Period | None,
) -> tuple[Holding, ...]:
    """Check roles, and the wanted period unless it is None because an earlier decision set it.

    Without a type, either one will do.

    Return how the person holds each of them, sorted by the role's id.

    :raises NotEligible: for the first role that the person may not activate with this type.
    :raises Undetermined: instead, when the facts are incomplete and the role may be missing from them.
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
            raise _not_found(facts, role, activation_type)
        if wanted:
            granted_period(facts.user, role, activation_type, wanted)
    return tuple(holding for role, holding in by_role.items() if role in roles)


def _not_found(
    facts: Facts, role: ProjectRole, activation_type: ActivationType | None
) -> NotEligible | Undetermined:
    if facts.is_complete:
        return NotEligible(facts.user, role, activation_type)
    return Undetermined(facts.user, role, activation_type)


def markers_of(facts: Facts, role: ProjectRole) -> frozenset[ActivationType]:
    """Return the types with which the person holds this role, with this resource condition."""
    return frozenset(
        kind
        for kind in BOTH_TYPES
        if role
        in roles_held(
            project_id=facts.project_id,
            policies=facts.policies,
            principals=facts.principals,
            activation_type=kind,
        )
    )


def peers_of(
    facts: Facts,
    role: ProjectRole,
    people: Callable[[Collection[str]], People],
    *,
    types: Collection[ActivationType] = (ActivationType.MPA,),
) -> Peers:
    """Return the other people who hold a role with one of these types, for listing and for decisions.

    :raises GoogleCloudError: when `people` raises it.
    """
    found = people(groups_of_peers(facts, role, types=types))
    emails = sorted(
        {
            email
            for kind in types
            for email in holders(
                project_role=role,
                activation_type=kind,
                policies=facts.policies,
                people_of=found.of,
            )
        }
    )
    others = tuple(email for email in emails if email != facts.user)
    return Peers(others, (*found.warnings, *facts.warnings))


def groups_of_peers(
    facts: Facts, role: ProjectRole, *, types: Collection[ActivationType]
) -> tuple[str, ...]:
    """Return the addresses of the groups that hold a role with one of these types, sorted."""
    found = (
        groups_of_holders(project_role=role, activation_type=kind, policies=facts.policies)
        for kind in types
    )
    return tuple(sorted({group for groups in found for group in groups}))
