"""The bindings that grants write: pure functions from policy to policy."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from activations.domain.text import folded
from eligibility.conditions import (
    ACTIVATION_TITLE,
    ActivationWindow,
    activation_expression,
    read_activation,
)

Policy = dict[str, Any]
Binding = dict[str, Any]

LONGEST_DESCRIPTION = 256
SELF_APPROVED = "Self-approved, justification: "
APPROVED = re.compile(
    r"Approved by (?:\d+ people|\S+(?:, \S+)*?(?: and \d+ more)?), justification: "
)
# What a shortened list of approvers leaves to the justification.
ROOM = 80


@dataclass(frozen=True, slots=True)
class Wanted:
    """Access that IAM should grant: one role for one person, start inclusive, end exclusive.

    New bindings name `email`. `former` are the person's earlier addresses, which IAM may still show in
    a binding.
    """

    email: str
    role: str
    resource_condition: str
    start: datetime
    end: datetime
    description: str
    former: tuple[str, ...] = ()

    @property
    def member(self) -> str:
        return f"user:{self.email}"

    @property
    def emails(self) -> tuple[str, ...]:
        return (self.email, *self.former)


@dataclass(frozen=True, slots=True)
class ActivationBinding:
    """A binding that this product (or the original) wrote."""

    start: datetime
    end: datetime
    resource_condition: str
    binding: Binding


def self_approved(justification: str) -> str:
    """Return the description of the binding of a self-approved activation."""
    return f"{SELF_APPROVED}{folded(justification)}"[:LONGEST_DESCRIPTION]


def approved_by(approvers: Sequence[str], justification: str) -> str:
    """Return the description of a binding that these people approved.

    Where they are too many for IAM's limit, the first ones are named, and the number of the others.
    """
    text = folded(justification)
    return f"{_approved_by(approvers, text)}{text}"[:LONGEST_DESCRIPTION]


def _approved_by(approvers: Sequence[str], justification: str) -> str:
    """Return what precedes the justification, short enough that its beginning stays."""
    whole = _naming(approvers, len(approvers))
    if len(whole) < LONGEST_DESCRIPTION:
        return whole
    longest = LONGEST_DESCRIPTION - min(len(justification), ROOM)
    shorter = (_naming(approvers, named) for named in range(len(approvers) - 1, 0, -1))
    fewest = _naming(approvers, 0)
    return next((said for said in shorter if len(said) <= longest), fewest)


def _naming(approvers: Sequence[str], named: int) -> str:
    names, more = ", ".join(approvers[:named]), len(approvers) - named
    others = f" and {more} more" if named else f"{more} people"
    return f"Approved by {names}{others if more else ''}, justification: "


@dataclass(frozen=True, slots=True)
class ParsedDescription:
    """What a binding's description says about how it was approved."""

    justification: str
    is_approval: bool = False


def read_description(description: str) -> ParsedDescription:
    """Read what `self_approved` and `approved_by` wrote; any other text is taken as the justification."""
    if match := APPROVED.match(description):
        return ParsedDescription(description[match.end() :], is_approval=True)
    return ParsedDescription(description.removeprefix(SELF_APPROVED))


def new_binding(wanted: Wanted) -> Binding:
    """Return the binding in the original's form, so that either version recognizes the other's bindings."""
    return {
        "role": wanted.role,
        "members": [wanted.member],
        "condition": {
            "title": ACTIVATION_TITLE,
            "description": wanted.description,
            "expression": activation_expression(
                wanted.start, wanted.end, wanted.resource_condition
            ),
        },
    }


@dataclass(frozen=True, slots=True)
class FoundActivation:
    """A binding of our form in a policy, for any person."""

    email: str
    role: str
    ours: ActivationBinding

    @property
    def expression(self) -> str:
        return str(self.ours.binding["condition"]["expression"])

    @property
    def description(self) -> str:
        return str(self.ours.binding["condition"].get("description") or "")


def find_ours(policy: Policy, *, only_role: str = "") -> list[FoundActivation]:
    """Return all bindings of exactly our form, for any person; of one role, if it is given."""
    found = []
    for binding in policy.get("bindings") or []:
        if only_role and binding.get("role") != only_role:
            continue
        members = binding.get("members") or []
        if len(members) != 1 or not str(members[0]).lower().startswith("user:"):
            continue
        email, role = str(members[0]).lower().removeprefix("user:"), str(binding.get("role"))
        if ours := read_ours(binding, emails=(email,), role=role):
            found.append(FoundActivation(email, role, ours))
    return found


def read_ours(binding: Binding, *, emails: Collection[str], role: str) -> ActivationBinding | None:
    """Return the activation in this binding, or None if it does not have exactly our form.

    Exactly our form means: our title, exactly the expression that we would write, and this person,
    under any of these addresses, as the only member.
    Time-bound bindings that others created are never changed.
    """
    if binding.get("role") != role:
        return None
    members = binding.get("members") or []
    if len(members) != 1 or str(members[0]).lower() not in {f"user:{email}" for email in emails}:
        return None
    condition = binding.get("condition") or {}
    window = _exact_window(condition.get("title"), condition.get("expression") or "")
    if window is None:
        return None
    return ActivationBinding(window.start, window.end, window.resource_condition, binding)


@lru_cache(maxsize=4096)  # each activation compares the bindings of a policy several times
def _exact_window(title: str | None, expression: str) -> ActivationWindow | None:
    window = read_activation(title, expression)
    if not isinstance(window, ActivationWindow):
        return None
    exact = activation_expression(window.start, window.end, window.resource_condition)
    return window if expression == exact else None


def live_ours(policy: Policy, wanted: Wanted, *, now: datetime) -> list[ActivationBinding]:
    """Return our bindings for the same access that have not expired."""
    return [
        ours
        for binding in policy.get("bindings") or []
        if (ours := read_ours(binding, emails=wanted.emails, role=wanted.role))
        and ours.resource_condition == wanted.resource_condition
        and ours.end > now
    ]


def running(policy: Policy, wanted: Wanted, *, now: datetime) -> ActivationBinding | None:
    """Return the active binding for the same access that ends last, if there is one."""
    return max(live_ours(policy, wanted, now=now), key=lambda ours: ours.end, default=None)


def without_access(
    policy: Policy, access: Wanted, *, remaining: Wanted | None, now: datetime
) -> Policy:
    """Return the policy after access was ended: one binding for the access that remains, if any.

    Removes all active bindings of ours for this access, including one that somebody extended by hand.
    Does not restore what somebody removed or shortened. Applying it to its own result changes
    nothing.
    """
    standing = live_ours(policy, access, now=now)
    if not standing:
        return policy
    known = [ours.binding for ours in standing]
    kept = [binding for binding in policy.get("bindings") or [] if binding not in known]
    if remaining is None:
        return {**policy, "bindings": kept}
    if max(ours.end for ours in standing) < remaining.end:
        return policy
    wanted = new_binding(remaining)
    if [b["condition"]["expression"] for b in known] == [wanted["condition"]["expression"]]:
        return policy
    return {**policy, "bindings": [*kept, wanted]}


def with_activations(policy: Policy, wanted: Sequence[Wanted], *, now: datetime) -> Policy:
    """Return the policy with all wanted access added; other bindings stay unchanged.

    Also removes our expired bindings for the same person and role. Extends active access and never
    shortens it: the earlier start and the later end apply. Applying it to its own result changes
    nothing, so a write can be repeated after its response was lost.
    """
    kept: list[Binding] = [
        binding for binding in policy.get("bindings") or [] if not _is_dead(binding, wanted, now)
    ]
    for access in wanted:
        kept = _with_access(kept, access, now=now)
    return {**policy, "bindings": kept}


def _is_dead(binding: Binding, wanted: Iterable[Wanted], now: datetime) -> bool:
    return any(
        (ours := read_ours(binding, emails=access.emails, role=access.role)) and ours.end <= now
        for access in wanted
    )


def _with_access(bindings: list[Binding], access: Wanted, *, now: datetime) -> list[Binding]:
    before = running({"bindings": bindings}, access, now=now)
    if before is None:
        return [*bindings, new_binding(access)]
    if before.end >= access.end:
        return bindings
    longer = Wanted(
        email=access.email,
        role=access.role,
        resource_condition=access.resource_condition,
        start=min(before.start, access.start),
        end=access.end,
        description=access.description,
        former=access.former,
    )
    return [b for b in bindings if b is not before.binding] + [new_binding(longer)]
