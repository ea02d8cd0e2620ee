"""Checks whether IAM would accept a binding, before a reviewer is asked or anything is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from activations.domain.bindings import Binding, Policy, Wanted, new_binding, with_activations
from activations.domain.rules import Refusal
from eligibility.cel import Unparseable
from eligibility.entitlements import ProjectRole
from eligibility.facts import AttachedPolicy, Facts, Principals, place
from eligibility.iam_limits import BASIC_ROLES, MOST_OPERATORS, logical_operators

MOST_PRINCIPALS = 1500
MOST_CONDITIONS = 20


class PolicyFull(Refusal):
    """The project's policy would hold more principals than IAM allows."""


class TooManyConditions(Refusal):
    """The person would have more conditional bindings of the role than IAM allows."""


class ConditionTooComplex(Refusal):
    """The role's resource condition leaves no room for the time limit."""


class BasicRole(Refusal):
    """Owner, editor and viewer cannot be limited in time."""


class AlreadyHeld(Refusal):
    """The person has the role without any condition, so a time limit would change nothing."""


class NotGrantable(Refusal):
    """IAM does not support granting the role on this project."""


def check_policy(
    policy: Policy,
    wanted: Sequence[Wanted],
    *,
    now: datetime,
    principals: Principals,
    inherited: Iterable[AttachedPolicy] = (),
    beneficiary: str = "",
) -> None:
    """Check the project's live policy as it would be after all wanted bindings were written.

    `principals` are the beneficiary's; `inherited` are the policies of folders and organization.
    `beneficiary` is set when somebody other than the beneficiary reads the message.

    :raises BasicRole, AlreadyHeld, ConditionTooComplex, TooManyConditions, PolicyFull: the first
        that applies; the message names the limit, the figure and what to do.
    """
    for access in wanted:
        check_not_basic(access.role)
        check_not_held(
            policy,
            access.role,
            principals=principals,
            inherited=inherited,
            beneficiary=beneficiary,
        )
        check_complexity(access)
    after = with_activations(policy, wanted, now=now)
    for access in wanted:
        check_room_for_conditions(after, access)
    check_room_for_principals(after)


def check_facts(
    facts: Facts,
    roles: Iterable[ProjectRole],
    *,
    description: str,
    now: datetime,
    duration: timedelta,
) -> None:
    """Check the facts behind a decision for roles that would start now; raises as `check_policy`."""
    wanted = [
        Wanted(
            email=facts.user,
            role=role.role,
            resource_condition=role.resource_condition,
            start=now,
            end=now + duration,
            description=description,
        )
        for role in roles
    ]
    check_policy(
        facts.live_policy or {},
        wanted,
        now=now,
        principals=facts.principals,
        inherited=facts.inherited,
    )


def check_grantable(role: str, *, project_id: str, is_grantable: bool | None) -> None:
    """Check whether IAM can grant the role; None means that IAM did not say, and the write decides.

    :raises NotGrantable: when IAM cannot grant it.
    """
    if is_grantable is False:
        raise NotGrantable(
            f"The role {role} cannot be granted on project {project_id}."
            " Ask an administrator to make a role eligible that projects support."
        )


def check_all_grantable(answers: Mapping[ProjectRole, bool | None]) -> None:
    """:raises NotGrantable: for the first role that IAM cannot grant on its project."""
    for role, is_grantable in answers.items():
        check_grantable(role.role, project_id=role.project_id, is_grantable=is_grantable)


def check_not_basic(role: str) -> None:
    """:raises BasicRole: when IAM allows no condition on the role."""
    if role in BASIC_ROLES:
        raise BasicRole(
            f"{role} is a basic role, and IAM allows no time limit on owner, editor and viewer."
            " Ask an administrator to make a predefined or custom role eligible instead."
        )


def check_not_held(
    policy: Policy,
    role: str,
    *,
    principals: Principals,
    inherited: Iterable[AttachedPolicy] = (),
    beneficiary: str = "",
) -> None:
    """:raises AlreadyHeld: when a binding without condition grants the role; names the project, folder or group."""
    layers = [
        ("this project", policy),
        *((place(i.attached_resource), i.policy) for i in inherited),
    ]
    for where, layer in layers:
        members = [
            member
            for binding in layer.get("bindings") or ()
            if binding.get("role") == role and not _expression(binding)
            for member in binding.get("members") or ()
        ]
        if way := principals.via(members):
            groups = ", which is in ".join(name.removeprefix("group:") for name in way[1:])
            through = f", through the group {groups}" if groups else ""
            held = f"already have {role} on {where} without a time limit{through}."
            if beneficiary:
                raise AlreadyHeld(f"There is nothing to activate for {beneficiary}: they {held}")
            raise AlreadyHeld(f"You {held} There is nothing to activate.")


def check_complexity(access: Wanted) -> None:
    """:raises ConditionTooComplex: when resource condition and time limit together exceed IAM's limit."""
    advice = "Ask an administrator to simplify the condition of the eligible role."
    try:
        count = logical_operators(_expression(new_binding(access)))
    except Unparseable as error:
        raise ConditionTooComplex(
            f"The condition of {access.role} cannot be joined with a time limit: {error}. {advice}"
        ) from error
    if count > MOST_OPERATORS:
        raise ConditionTooComplex(
            f"The condition of {access.role} would have {count} logical operators together with the"
            f" time limit; IAM allows {MOST_OPERATORS}. {advice}"
        )


def check_room_for_conditions(after: Policy, access: Wanted) -> None:
    """:raises TooManyConditions: when IAM would refuse another condition for this role and person."""
    count = sum(
        binding.get("role") == access.role
        and bool(_expression(binding))
        and access.member in (member.lower() for member in binding.get("members") or ())
        for binding in after["bindings"]
    )
    if count > MOST_CONDITIONS:
        raise TooManyConditions(
            f"{access.email} would have {count} bindings of {access.role} with different conditions"
            f" on this project; IAM allows {MOST_CONDITIONS}. Ask an administrator of the project to"
            " remove those that are no longer needed."
        )


def check_room_for_principals(after: Policy) -> None:
    """:raises PolicyFull: when the policy would exceed IAM's size limit."""
    count = principals_in(after)
    if count > MOST_PRINCIPALS:
        raise PolicyFull(
            f"The IAM policy of this project is full: it would hold {count:,} principals, and IAM"
            f" allows {MOST_PRINCIPALS:,}, each counted wherever it appears. Ask an administrator of"
            " the project to remove bindings, or to use groups instead of people."
        )


def principals_in(policy: Policy) -> int:
    """Count all principals with every appearance, including those exempted from audit logs."""
    bound = sum(len(binding.get("members") or ()) for binding in policy.get("bindings") or ())
    exempted = sum(
        len(log.get("exemptedMembers") or ())
        for config in policy.get("auditConfigs") or ()
        for log in config.get("auditLogConfigs") or ()
    )
    return bound + exempted


def _expression(binding: Binding) -> str:
    return str((binding.get("condition") or {}).get("expression") or "")
