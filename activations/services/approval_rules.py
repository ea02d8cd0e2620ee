"""What the active access policy requires of one role that somebody requests approval for."""

from __future__ import annotations

from dataclasses import dataclass

from activations.services.access_rules import Folders, RulesInForce, Ruling
from eligibility.entitlements import ActivationType, ProjectRole
from eligibility.facts import Facts
from eligibility.judgement import check_eligible, markers_of
from eligibility.membership import Holding
from eligibility.validity import Period
from policies.rules.requirements import ApprovalStage, ApprovalTerms


@dataclass(frozen=True, slots=True)
class RoleRuling:
    """How the person holds the role, and what is required. `kind` is the marker of the binding."""

    kind: ActivationType
    holdings: tuple[Holding, ...]
    ruling: Ruling

    @property
    def rule(self) -> str:
        """The name of the rule; '' when only the environment's values hold."""
        return self.ruling.terms.rule

    @property
    def stages(self) -> tuple[ApprovalStage, ...]:
        """The stages of approval; empty when peers and designated reviewers approve."""
        return self.approval.stages if self.approval else ()

    @property
    def approval(self) -> ApprovalTerms | None:
        """Who approves; None when the rule in force needs no approval."""
        (part,) = self.ruling.parts.values()
        return part.approval


def marker_for_approval(facts: Facts, role: ProjectRole, *, is_staged: bool) -> ActivationType:
    """Return the marker by which a request for approval is valid: in a rule with stages, either."""
    if is_staged and markers_of(facts, role) == {ActivationType.JIT}:
        return ActivationType.JIT
    return ActivationType.MPA


def ruling_for_approval(
    in_force: RulesInForce,
    facts: Facts,
    role: ProjectRole,
    *,
    folders: Folders | None,
    wanted: Period,
    was_staged: bool = False,
) -> RoleRuling:
    """Check that the requester may request this role with approval, and return what that requires.

    Self-approval takes precedence, as in lists: where a rule demands approval of such a role, that rule
    decides. `was_staged` is for requests made under such a rule, which stay valid without it.

    :raises NotEligible: when they may not.
    :raises Undetermined: instead, when the facts are incomplete.
    :raises FactsMissing: when the rule depends on folders or groups that were not read.
    """

    def of_kind(kind: ActivationType) -> RoleRuling:
        holdings = check_eligible(facts, [role], kind, wanted=wanted)
        ruling = in_force.ruling([role], kind, principals=facts.principals, folders=folders)
        return RoleRuling(kind, holdings, ruling)

    if ActivationType.JIT in markers_of(facts, role):
        found = of_kind(ActivationType.JIT)
        if found.approval:
            return found
    return of_kind(marker_for_approval(facts, role, is_staged=was_staged))
