"""The limits and rules of an allow policy, in Google's words where they are known."""

from collections import Counter
from typing import Any

from simulator.company import Company
from simulator.conditions import check_condition
from simulator.errors import invalid
from simulator.members import check_new_member, check_spelling
from simulator.resources import Policy, Resource
from simulator.roles import BASIC_ROLES, is_grantable

Binding = dict[str, Any]

MOST_MEMBERS = 1500
MOST_GROUPS = 250
MOST_CONDITIONS = 20


def check_policy(company: Company, policy: Policy, resource: Resource) -> None:
    """Refuse what Google refuses: rules apply to new grants, limits to the whole policy.

    :raises ApiError: 400.
    """
    bindings = policy.get("bindings") or []
    standing = resource.policy["bindings"]
    for binding in bindings:
        if binding not in standing:
            check_binding(company, binding, resource)
    for role, member in sorted(grants(bindings) - grants(standing)):
        check_new_member(company, role, member)
    check_sizes(policy)
    check_conditions_per_principal(bindings)


def check_binding(company: Company, binding: Binding, resource: Resource) -> None:
    """Refuse a binding that is not allowed on this resource.

    :raises ApiError: 400.
    """
    role, condition = binding.get("role", ""), binding.get("condition")
    if not is_grantable(company, role, resource):
        raise invalid(f"Role {role} is not supported for this resource.")
    for member in binding.get("members") or []:
        check_spelling(member, resource, conditional=bool(condition))
    if condition:
        if role in BASIC_ROLES:
            raise invalid("Conditions can't be set on primitive roles")
        check_condition(condition)


def grants(bindings: list[Binding]) -> set[tuple[str, str]]:
    """Return all pairs of role and member."""
    return {
        (binding.get("role", ""), member)
        for binding in bindings
        for member in binding.get("members") or []
    }


def check_sizes(policy: Policy) -> None:
    """Refuse a policy that is too large; every occurrence of a member counts.

    :raises ApiError: 400.
    """
    members = [
        member
        for binding in policy.get("bindings") or []
        for member in binding.get("members") or []
    ]
    exempted = [
        member
        for config in policy.get("auditConfigs") or []
        for log in config.get("auditLogConfigs") or []
        for member in log.get("exemptedMembers") or []
    ]
    refuse_beyond("members", len(members) + len(exempted), MOST_MEMBERS)
    groups = {member for member in members if member.startswith("group:")}
    domains = [member for member in members if member.startswith("domain:")]
    refuse_beyond("groups and domains", len(groups) + len(domains), MOST_GROUPS)


def check_conditions_per_principal(bindings: list[Binding]) -> None:
    """Refuse too many conditional bindings for one role and principal.

    :raises ApiError: 400.
    """
    conditional = [binding for binding in bindings if binding.get("condition")]
    counted = Counter(
        (binding.get("role"), member)
        for binding in conditional
        for member in {member.lower() for member in binding.get("members") or []}
    )
    if counted:
        (role, member), count = counted.most_common(1)[0]
        refuse_beyond(f"conditional bindings of {role} to {member}", count, MOST_CONDITIONS)


def refuse_beyond(what: str, count: int, limit: int) -> None:
    """Refuse a count above the limit, in Google's words.

    :raises ApiError: 400.
    """
    if count > limit:
        raise invalid(
            f"The number of {what} in the policy ({count:,}) is larger than the maximum allowed "
            f"size {limit:,}."
        )
