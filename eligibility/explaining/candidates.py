"""The bindings that could make the person eligible for the role in question."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from eligibility.conditions import ACTIVATION_TITLE, Eligibility, NearMiss, read_eligibility
from eligibility.entitlements import ActivationType, ProjectRole
from eligibility.explaining.looks import FirstLook, RoleWay
from eligibility.facts import Binding, Way, bindings_in
from eligibility.membership import HeldBinding

MOST_DIRECT_GROUPS = 20
_DIRECT = 2  # the length of the way to a group that the person is directly in


@dataclass(frozen=True, slots=True)
class Candidate:
    """A binding of the person that makes the role eligible, and what its condition says."""

    binding: Binding
    via: Way
    reading: Eligibility
    way: RoleWay


def candidates(look: FirstLook) -> tuple[Candidate, ...]:
    """Return the person's eligible bindings of the role, on the resources that were asked about."""
    wanted = look.question.resource_condition
    return tuple(
        one
        for one in _eligible(look, own_bindings_of_role(look))
        if wanted in ("", one.reading.resource_condition)
    )


def other_conditions(look: FirstLook) -> tuple[str, ...]:
    """Return the resource conditions with which the person is eligible, but was not asked about."""
    wanted = look.question.resource_condition
    found = [one.reading.resource_condition for one in _eligible(look, own_bindings_of_role(look))]
    return tuple(dict.fromkeys(each for each in found if wanted and each != wanted))


def near_misses(look: FirstLook) -> tuple[tuple[HeldBinding, NearMiss], ...]:
    """Return the person's bindings of the role whose condition was probably meant for JIT Access."""
    read = [(one, read_eligibility(one.binding.expression)) for one in own_bindings_of_role(look)]
    return tuple((one, reading) for one, reading in read if isinstance(reading, NearMiss))


def unmarked(look: FirstLook) -> tuple[HeldBinding, ...]:
    """Return the person's bindings of the role with a condition that has nothing to do with us."""
    return tuple(
        one
        for one in own_bindings_of_role(look)
        if one.binding.expression
        and one.binding.title != ACTIVATION_TITLE
        and read_eligibility(one.binding.expression) is None
    )


def own_bindings_of_role(look: FirstLook) -> tuple[HeldBinding, ...]:
    role = look.question.role
    return tuple(one for one in look.own_bindings if one.binding.role == role)


def meant_for_us(look: FirstLook) -> tuple[Binding, ...]:
    """Return all bindings of the role with a marker, or what was meant to be one, for all members."""
    return tuple(
        binding
        for binding in bindings_in(look.facts.policies)
        if binding.role == look.question.role and read_eligibility(binding.expression) is not None
    )


def groups_to_read(look: FirstLook) -> frozenset[str]:
    """Return the groups whose members matter.

    For administrators all that are bound to the role, and some that the person is directly in: these
    tell the status and the other addresses of the account. For others the groups of possible reviewers.
    """
    bindings = meant_for_us(look)
    if not look.question.sees_all:
        needed = {
            one.reading
            for one in candidates(look)
            if one.reading.activation_type is ActivationType.MPA
        }
        bindings = tuple(
            binding for binding in bindings if read_eligibility(binding.expression) in needed
        )
    return _groups(bindings) | (direct_groups(look) if look.question.sees_all else frozenset())


def bound_groups(look: FirstLook) -> frozenset[str]:
    """Return the groups that are bound to the role."""
    return _groups(meant_for_us(look))


def direct_groups(look: FirstLook) -> frozenset[str]:
    """Return some of the groups that the person is directly in."""
    ways = look.facts.principals.ways
    direct = sorted(name for name, way in ways.items() if len(way) == _DIRECT)
    return frozenset(name.removeprefix("group:") for name in direct[:MOST_DIRECT_GROUPS])


def _groups(bindings: Iterable[Binding]) -> frozenset[str]:
    members = (member.lower() for binding in bindings for member in binding.members)
    return frozenset(
        member.removeprefix("group:") for member in members if member.startswith("group:")
    )


def _eligible(look: FirstLook, held: Iterable[HeldBinding]) -> Iterator[Candidate]:
    for one in held:
        reading = read_eligibility(one.binding.expression)
        if isinstance(reading, Eligibility):
            role = ProjectRole(
                look.question.project_id, one.binding.role, reading.resource_condition
            )
            yield Candidate(one.binding, one.via, reading, (role, reading.activation_type))
