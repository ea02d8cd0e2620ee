"""What the access policy requires of the roles in a list. Facts may be minutes old; decisions read them again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

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
from policies.rules.requirements import Requirements, Terms


@dataclass(frozen=True, slots=True)
class Listed:
    """What is required of one role in a list, and whether the person may break glass for it."""

    terms: Terms
    may_break_glass: bool = False


def listed_rules(
    holdings: Sequence[Holding], *, principals: Principals | None, refresh: Refresh | None
) -> dict[ProjectRole, Listed]:
    """Return what is required of each role: with folders of the index, or of Google if there is none.

    Without principals there are no roles, so there is nothing to tell.

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
    breaking = _who_breaks_glass(found.values(), principals, is_indexed=refresh is not None)
    return {
        one.project_role: Listed(required.terms, _may_break_glass(one, required, breaking))
        for one, required in found.items()
    }


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


def _may_break_glass(held: Holding, required: Requirements, principals: Principals) -> bool:
    if required.break_glass is None:
        return False
    facts = role_facts(held.project_role, held.activation_type, principals=principals)
    return is_among(facts, required.break_glass.who)


def terms_of_role(*, user: User, role: ProjectRole, activation_type: ActivationType) -> Terms:
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
    return in_force.requirements(
        role, activation_type, principals=principals, folders=folders
    ).terms


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
