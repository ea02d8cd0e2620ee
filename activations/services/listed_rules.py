"""What the access policy requires of the roles in a list. Facts may be minutes old; decisions read them again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from activations.models import User
from activations.services.access_rules import (
    Folders,
    RulesInForce,
    folders_above,
    role_facts,
    rules_in_force,
)
from eligibility import providers
from eligibility.entitlements import ActivationType, ProjectRole
from eligibility.facts import Principals
from eligibility.index import lists
from eligibility.membership import Holding
from eligibility.models import Refresh
from policies.rules.facts import is_among
from policies.rules.requirements import Requirements


def listed_requirements(
    holdings: Sequence[Holding], *, principals: Principals | None, refresh: Refresh | None
) -> dict[ProjectRole, Requirements]:
    """Return what is required of each role: with folders of the index, or of Google if there is none.

    Break glass is left out where this person may not use it. Without principals there are no roles, so there is nothing to tell.

    :raises FactsMissing, UnusablePolicy: when it is not known what the access policy requires.
    :raises googlecloud.errors.GoogleCloudError: when Google fails.
    """
    if principals is None or not holdings:
        return {}
    in_force = rules_in_force()
    folders = _folders(holdings, in_force, principals, refresh)
    found = {
        one: in_force.requirements(
            one.project_role,
            one.activation_type,
            principals=principals,
            folders=folders.get(one.project_role.project_id),
        )
        for one in holdings
    }
    principals = _who_breaks_glass(found.values(), principals, is_indexed=refresh is not None)
    return {one.project_role: for_person(one, found[one], principals) for one in holdings}


def _who_breaks_glass(
    found: Iterable[Requirements], principals: Principals, *, is_indexed: bool
) -> Principals:
    """Return the person's groups; for rules that need them, as of at most a minute ago.

    Principals of lists from the index may be older.
    """
    named = {name for each in found if each.break_glass for name in each.break_glass.who}
    if is_indexed and any(name.startswith("group:") for name in named):
        return providers.recent_principals().fresh(user=principals.user)
    return principals


def for_person(held: Holding, required: Requirements, principals: Principals) -> Requirements:
    """Return what is required, without break glass if this person may not use it.

    :raises FactsMissing: when that depends on groups that were not read.
    """
    if required.break_glass is None:
        return required
    facts = role_facts(held.project_role, held.activation_type, principals=principals)
    if is_among(facts, required.break_glass.who):
        return required
    return replace(required, break_glass=None)


def requirements_of_role(
    *, user: User, role: ProjectRole, activation_type: ActivationType
) -> Requirements:
    """Return what is required of one role, for its form. Calls Google only if rules depend on it.

    :raises FactsMissing, UnusablePolicy: when it is not known what the access policy requires.
    :raises googlecloud.errors.GoogleCloudError: when Google fails.
    """
    in_force = rules_in_force()
    needed = in_force.needed([role], activation_type, requester=user.email)
    principals = Principals.of(user.email)
    if needed.requester_groups:
        principals = providers.recent_principals().of(user=user.email)
    folders = folders_above(role.project_id) if needed.ancestry else None
    return in_force.requirements(role, activation_type, principals=principals, folders=folders)


def _folders(
    holdings: Sequence[Holding],
    in_force: RulesInForce,
    principals: Principals,
    refresh: Refresh | None,
) -> Mapping[str, Folders]:
    """Return the folders of those projects for which rules depend on them."""
    needed = dict.fromkeys(
        one.project_role.project_id
        for one in holdings
        if in_force.needed(
            [one.project_role], one.activation_type, requester=principals.user
        ).ancestry
    )
    indexed = lists.folders_above(refresh, needed) if refresh and needed else {}
    return indexed | {name: folders_above(name) for name in needed if name not in indexed}
