"""Determines which roles a person may activate and has activated, for lists and for decisions."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from eligibility.conditions import (
    ActivationWindow,
    Eligibility,
    NearMiss,
    read_activation,
    read_eligibility,
)
from eligibility.entitlements import ActivationType, ProjectRole
from eligibility.facts import AttachedPolicy, Binding, Principals, Way, bindings_in, place
from eligibility.validity import Period, usable, why_not

BOTH_TYPES = (ActivationType.JIT, ActivationType.MPA)


@dataclass(frozen=True, slots=True)
class Holding:
    """A role that a person may activate, the path of memberships to it, and the resource that grants it."""

    project_role: ProjectRole
    activation_type: ActivationType
    via: Way
    attached_resource: str


@dataclass(frozen=True, slots=True)
class Activation:
    """A role that a person holds from `start` until `end`, exclusive."""

    project_role: ProjectRole
    start: datetime
    end: datetime

    def is_current(self, now: datetime) -> bool:
        return self.start <= now < self.end


@dataclass(frozen=True, slots=True)
class EntitlementSet:
    """The available roles and the activations of one person on one project at one time."""

    available: tuple[Holding, ...]
    current: Mapping[ProjectRole, Activation]
    expired: Mapping[ProjectRole, Activation]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HeldBinding:
    """A binding that applies to a person, and the path of memberships to it."""

    binding: Binding
    via: Way


def entitlements(
    *,
    project_id: str,
    policies: Iterable[AttachedPolicy],
    principals: Principals,
    wanted: Period,
    types: Collection[ActivationType] = BOTH_TYPES,
) -> EntitlementSet:
    """Return a person's available roles, activations, and warnings about invalid bindings.

    A role is available when it can be granted for a part of the wanted period, which begins now.
    """
    held = tuple(held_bindings(policies, principals))
    activations = tuple(_activations(project_id, held))
    current = _latest(found for found in activations if found.is_current(wanted.start))
    found = tuple(_holdings(project_id, held, types))
    others = _latest(found for found in activations if found.project_role not in current)
    return EntitlementSet(
        available=merged(one for one in found if is_usable(one, wanted)),
        current=current,
        expired=others,
        warnings=tuple(
            dict.fromkeys((*principals.warnings, *_warnings(held), *_out_of_time(found, wanted)))
        ),
    )


def holdings(
    *,
    project_id: str,
    policies: Iterable[AttachedPolicy],
    principals: Principals,
    activation_type: ActivationType | None,
) -> tuple[Holding, ...]:
    """Return how a person holds the roles that they may activate with this type, sorted by role id.

    Without a type, those that they may activate with either; see :func:`merged`.
    """
    held = held_bindings(policies, principals)
    types = (activation_type,) if activation_type else BOTH_TYPES
    return merged(_holdings(project_id, held, types))


def roles_held(
    *,
    project_id: str,
    policies: Iterable[AttachedPolicy],
    principals: Principals,
    activation_type: ActivationType,
) -> frozenset[ProjectRole]:
    """Return the roles that a person may activate with this type."""
    held = held_bindings(policies, principals)
    found = _holdings(project_id, held, (activation_type,))
    return frozenset(holding.project_role for holding in found)


def held_bindings(
    policies: Iterable[AttachedPolicy], principals: Principals
) -> Iterator[HeldBinding]:
    """Yield the bindings that apply to a person, from the policies of all resources."""
    for binding in bindings_in(policies):
        if via := principals.via(binding.members):
            yield HeldBinding(binding, via)


def _holdings(
    project_id: str, held: Iterable[HeldBinding], types: Collection[ActivationType]
) -> Iterator[Holding]:
    for found in held:
        binding = found.binding
        reading = read_eligibility(binding.expression)
        if isinstance(reading, Eligibility) and reading.activation_type in types:
            role = ProjectRole(project_id, binding.role, reading.resource_condition)
            yield Holding(role, reading.activation_type, found.via, binding.attached_resource)


def is_usable(holding: Holding, wanted: Period) -> bool:
    """Return whether the role can be granted for some of the wanted period."""
    return usable(holding.project_role.resource_condition, wanted) is not None


def _out_of_time(holdings: Iterable[Holding], wanted: Period) -> Iterator[str]:
    for holding in holdings:
        if not is_usable(holding, wanted):
            role, where = holding.project_role, place(holding.attached_resource)
            yield (
                f"{role.role} on {where} is not available:"
                f" {why_not(role.resource_condition, wanted)}."
            )


def merged(holdings: Iterable[Holding]) -> tuple[Holding, ...]:
    """Return one holding per role, sorted by id. Self-approval takes precedence over peer approval.

    Among holdings of the same type, the first one takes precedence.
    """
    merged: dict[ProjectRole, Holding] = {}
    for holding in sorted(holdings, key=lambda found: BOTH_TYPES.index(found.activation_type)):
        merged.setdefault(holding.project_role, holding)
    return tuple(sorted(merged.values(), key=lambda found: found.project_role.id))


def _activations(project_id: str, held: Iterable[HeldBinding]) -> Iterator[Activation]:
    for binding in (found.binding for found in held):
        reading = read_activation(binding.title, binding.expression)
        if isinstance(reading, ActivationWindow):
            role = ProjectRole(project_id, binding.role, reading.resource_condition)
            yield Activation(role, reading.start, reading.end)


def _latest(activations: Iterable[Activation]) -> dict[ProjectRole, Activation]:
    ordered = sorted(activations, key=lambda found: found.end)
    return {activation.project_role: activation for activation in ordered}


def _warnings(held: Iterable[HeldBinding]) -> Iterator[str]:
    for binding in (found.binding for found in held):
        made = read_eligibility(binding.expression)
        if isinstance(made, Eligibility) and made.has_both_markers:
            yield (
                f"{binding.role} on {place(binding.attached_resource)} has both markers in its"
                " condition. You can activate it without approval."
            )
        for reading in (
            read_eligibility(binding.expression),
            read_activation(binding.title, binding.expression),
        ):
            if isinstance(reading, NearMiss):
                where = place(binding.attached_resource)
                yield (
                    f"{binding.role} on {where} is ignored: {reading.reason}."
                    " Ask an administrator to correct its condition."
                )
