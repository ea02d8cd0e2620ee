"""Determines for an explanation which rule of the access policy decides, and who can approve under it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from activations.domain.explained import (
    rule_step,
    stages_step,
    unknown_rule_step,
    unknown_stages_step,
)
from activations.models import User
from activations.services.access_rules import RulesInForce, folders_above, rules_in_force
from activations.services.first_stage import possible
from eligibility.entitlements import ActivationType, ProjectRole
from eligibility.explaining.looks import Failed, FirstLook, RoleWay
from eligibility.explaining.steps import Step
from eligibility.facts import Principals
from googlecloud.errors import GoogleCloudError
from policies.rules.facts import FactsMissing
from policies.rules.requirements import ApprovalStage, ApprovalTerms, Requirements
from policies.services.active import UnusablePolicy


@dataclass(frozen=True, slots=True)
class RuleOfWay:
    """The step about the rule, how the role is requested under it, and who approves."""

    step: Step
    kind: ActivationType
    approval: ApprovalTerms | None = None

    @property
    def stages(self) -> tuple[ApprovalStage, ...]:
        return self.approval.stages if self.approval else ()


def rules_of_ways(look: FirstLook, ways: Sequence[RoleWay]) -> Mapping[RoleWay, RuleOfWay]:
    """Return the rule for each way to the role. May ask Google for the folders above the project.

    As in requests, a rule that demands approval of a role that people activate themselves also decides
    about the same role with the other marker.
    """
    found = {way: _rule(look, way) for way in ways}
    for role, kind in ways:
        own = found.get((role, ActivationType.JIT))
        if kind is ActivationType.MPA and own and own.stages:
            found[role, kind] = own
    return found


def _rule(look: FirstLook, way: RoleWay) -> RuleOfWay:
    role, kind = way
    try:
        in_force = rules_in_force()
        required = _required(in_force, look, role, kind)
    except (FactsMissing, UnusablePolicy, GoogleCloudError) as error:
        return RuleOfWay(unknown_rule_step(str(error)), kind)
    step = rule_step(required, has_policy=bool(in_force.sha256))
    needs_approval = ActivationType.MPA if required.needs_approval else ActivationType.JIT
    return RuleOfWay(step, needs_approval, required.approval)


def _required(
    in_force: RulesInForce, look: FirstLook, role: ProjectRole, kind: ActivationType
) -> Requirements:
    needed = in_force.needed([role], kind, requester=look.question.user)
    folders = folders_above(role.project_id) if needed.ancestry else None
    principals = _principals(look)
    return in_force.requirements(role, kind, principals=principals, folders=folders)


def _principals(look: FirstLook) -> Principals:
    """Return the person's groups; with a warning when they could not be read, so that no rule is skipped."""
    principals = look.facts.principals
    if isinstance(look.principals, Failed):
        return replace(principals, warnings=(look.principals.message,))
    return principals


def stages_of_way(look: FirstLook, role: ProjectRole, rule: RuleOfWay, user: User) -> Step:
    """Return whether different people can approve in all stages. Asks Google for the groups."""
    assert rule.approval is not None  # noqa: S101  # there are stages
    try:
        found = possible(rule.approval, role, user, look.facts)
        unfilled = found.unfillable([stage.count for stage in rule.stages])
    except (FactsMissing, GoogleCloudError) as error:
        return unknown_stages_step(str(error))
    counts = [len(parts) for parts in found.stages]
    return stages_step(rule.stages, counts, unfilled=unfilled, question=look.question)
