"""What is wrong with one binding, judged from the binding alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache

from eligibility.cel import Unparseable
from eligibility.conditions import Eligibility, NearMiss, activation_expression, read_eligibility
from eligibility.facts import Binding, is_project, node_of, place
from eligibility.iam_limits import (
    BASIC_ROLES,
    LONGEST_EXPRESSION,
    MOST_OPERATORS,
    is_role_of_another_project,
    logical_operators,
)
from eligibility.lint import commands
from eligibility.lint.corrections import corrected, with_one_marker
from eligibility.lint.finding import Finding, Kind
from eligibility.lint.granting import really_grants
from eligibility.validity import Period, eligibility_start, in_words, usable, why_not
from googlecloud.names import is_service_account

MOST_NAMED = 5
_REMEMBERED = 4096  # distinct conditions
_END_OF_TIME = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def findings_of(binding: Binding, *, now: datetime) -> Iterator[Finding]:
    """Yield what is wrong with a binding; nothing for bindings without a marker or something like one."""
    reading = read_eligibility(binding.expression)
    if isinstance(reading, NearMiss):
        yield _near_miss(binding, reading)
    elif reading and is_ended(reading, now):
        yield _ended(binding, reading, now)
    elif reading:
        yield from _not_begun(binding, reading, now)
        yield from _both_markers(binding, reading)
        yield from _size(binding, reading)
        yield from _role(binding)
        yield from _members(binding)


def is_ended(reading: Eligibility, now: datetime) -> bool:
    """Return whether the eligibility can never hold again."""
    return usable(reading.resource_condition, Period(now, _END_OF_TIME)) is None


def finding(
    kind: Kind, binding: Binding, text: str, command: str = "", members: Iterable[str] | None = None
) -> Finding:
    """Return a finding about a binding, by default about all its members."""
    concerned = tuple(binding.members if members is None else members)
    if command == commands.policy_of(binding) != "":
        text += (
            f" The binding has {len(concerned)} members: edit the policy that the command writes into"
            " policy.json, and write it back with set-iam-policy."
        )
    return Finding(kind, node_of(binding.attached_resource), binding.role, concerned, text, command)


def subject(binding: Binding) -> str:
    """Return role and place in words."""
    return f"{binding.role} on {place(binding.attached_resource)}"


def named(members: Iterable[str]) -> str:
    """Return the first members, and how many more there are."""
    found = list(members)
    more = len(found) - MOST_NAMED
    return ", ".join(found[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _near_miss(binding: Binding, reading: NearMiss) -> Finding:
    if really_grants(binding.expression or ""):
        return finding(
            Kind.REALLY_GRANTS,
            binding,
            f"IAM may grant {subject(binding)} without any activation, because the condition can be"
            f" true although the marker is false: {reading.reason}. Remove the binding, and"
            " bind the role again with a corrected condition if people need it.",
            commands.remove(binding, binding.members),
        )
    text = f"{subject(binding)} is not eligible: {reading.reason}. It grants nothing."
    if expression := corrected(binding.expression or ""):
        return finding(
            Kind.NEAR_MISS,
            binding,
            f"{text} The command binds the role with the corrected condition {expression}, and removes"
            " this binding.",
            commands.replace(binding, expression),
        )
    return finding(
        Kind.NEAR_MISS,
        binding,
        f"{text} Correct the condition, or remove the binding.",
        commands.remove(binding, binding.members),
    )


def _ended(binding: Binding, reading: Eligibility, now: datetime) -> Finding:
    return finding(
        Kind.ENDED,
        binding,
        f"{subject(binding)} cannot be activated any more:"
        f" {why_not(reading.resource_condition, Period(now, _END_OF_TIME))}. Remove the binding.",
        commands.remove(binding, binding.members),
    )


def _not_begun(binding: Binding, reading: Eligibility, now: datetime) -> Iterator[Finding]:
    if start := eligibility_start(reading.resource_condition, Period(now, _END_OF_TIME)):
        yield finding(
            Kind.NOT_BEGUN,
            binding,
            f"{subject(binding)} cannot be activated yet: its eligibility begins at"
            f" {in_words(start)}. For information only; no change is needed.",
        )


def _both_markers(binding: Binding, reading: Eligibility) -> Iterator[Finding]:
    if reading.has_both_markers:
        expression = with_one_marker(binding.expression or "", reading.activation_type)
        yield finding(
            Kind.BOTH_MARKERS,
            binding,
            f"{subject(binding)} carries both markers and counts as a role that people activate"
            " themselves. The command keeps only has({}.jitAccessConstraint); if peers must approve,"
            " keep has({}.multiPartyApprovalConstraint) instead.",
            commands.replace(binding, expression) if expression else "",
        )


def _size(binding: Binding, reading: Eligibility) -> Iterator[Finding]:
    if reason := _too_large(reading.resource_condition):
        yield finding(
            Kind.TOO_COMPLEX,
            binding,
            f"{subject(binding)} cannot be activated: together with the time limit, its condition"
            f" {reason}. Simplify the condition, or split it into several bindings. The command removes"
            " this one.",
            commands.remove(binding, binding.members),
        )


@lru_cache(maxsize=_REMEMBERED)
def _too_large(resource_condition: str) -> str:
    """Return why an activation with this condition is too large, or ''; its times do not matter."""
    expression = activation_expression(_END_OF_TIME, _END_OF_TIME, resource_condition)
    try:
        count = logical_operators(expression)
    except Unparseable as error:
        return f"cannot be read: {error}"
    if count > MOST_OPERATORS:
        return f"has {count} logical operators; IAM allows {MOST_OPERATORS}"
    if len(expression) > LONGEST_EXPRESSION:
        return (
            f"has {len(expression):,} characters; more than {LONGEST_EXPRESSION:,} may be too many"
            " for IAM"
        )
    return ""


def _role(binding: Binding) -> Iterator[Finding]:
    command = commands.remove(binding, binding.members)
    if binding.role in BASIC_ROLES:
        yield finding(
            Kind.ROLE_WITHOUT_CONDITIONS,
            binding,
            f"{subject(binding)} cannot be activated: IAM allows no conditions on the basic roles owner,"
            " editor and viewer. Make a predefined or custom role eligible instead.",
            command,
        )
    elif owner := _other_owner(binding):
        yield finding(
            Kind.NOT_GRANTABLE,
            binding,
            f"{subject(binding)} cannot be activated: the custom role belongs to project {owner}, and"
            " IAM grants it only there. Use a predefined role, or a custom role of the organization.",
            command,
        )


def _other_owner(binding: Binding) -> str:
    """Return the project that a custom role belongs to when it cannot be granted at this place, or ''."""
    kind, _, rest = binding.role.partition("/")
    owner = rest.partition("/")[0] if kind == "projects" else ""
    if not is_project(binding.attached_resource):
        return owner
    project_id = node_of(binding.attached_resource).partition("/")[2]
    return owner if is_role_of_another_project(binding.role, project_id) else ""


def _members(binding: Binding) -> Iterator[Finding]:
    if found := [one for one in binding.members if _kind_of(one) is Kind.NEVER_ELIGIBLE]:
        yield finding(
            Kind.NEVER_ELIGIBLE,
            binding,
            f"These members can never activate {subject(binding)}: {named(found)}. Only people (user:)"
            " and groups (group:) are eligible, not domains, customers, deleted accounts, allUsers or"
            " other principals. The command removes these members.",
            commands.remove(binding, found),
            found,
        )
    if found := [one for one in binding.members if _kind_of(one) is Kind.SERVICE_ACCOUNT]:
        yield finding(
            Kind.SERVICE_ACCOUNT,
            binding,
            f"Service accounts cannot activate {subject(binding)}: {named(found)}. Only people can sign"
            " in to JIT Access. The command removes these members.",
            commands.remove(binding, found),
            found,
        )


def _kind_of(member: str) -> Kind | None:
    kind, _, name = member.lower().partition(":")
    if kind == "serviceaccount" or (kind == "user" and is_service_account(name)):
        return Kind.SERVICE_ACCOUNT
    return None if kind in ("user", "group") else Kind.NEVER_ELIGIBLE
