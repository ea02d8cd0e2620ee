"""The access policy at one request: which rules decide, on which facts, and whether they are met."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from activations.domain.refusals import Moved
from activations.domain.request_details import RequestDetails
from activations.domain.rules import Refusal
from activations.domain.text import folded, minutes_down
from activations.iam.dependencies import current_limits
from activations.models import Request
from eligibility import providers
from eligibility.entitlements import ActivationType, ProjectRole
from eligibility.facts import Principals
from eligibility.judgement import NotEligible
from eligibility.membership import BOTH_TYPES
from googlecloud.errors import Denied, Invalid, NotFound
from policies.rules.facts import FactsMissing, FactsNeeded, RoleFacts
from policies.rules.policy import Policy
from policies.rules.requirements import Criterion, Environment, Requirements, Terms, combined
from policies.rules.wishes import Wish, objections
from policies.services.active import active_policy, active_rules, kept_requirements

Folders = frozenset[str]
DEFAULT_MINUTES = 60


class NoLongerMet(Moved):
    """The request does not meet the access policy as it is now; it stays pending."""


class PolicyChanged(Moved):
    """Another access policy became active while the request was checked."""


class NeedsApproval(NotEligible):
    """The person cannot activate the role themselves, because a rule demands approval."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What is required of each role, by its id, and by which policy; without one, `sha256` is empty."""

    parts: Mapping[str, Requirements]
    sha256: str

    @property
    def terms(self) -> Terms:
        """All requirements together; `rule` names the strictest."""
        return combined(tuple(self.parts.values()))

    def asked_under(self, details: RequestDetails) -> dict[str, str]:
        """Return the columns of a request that say under which rule it was made."""
        terms, ticket = self.terms, details.ticket
        address = terms.ticket.address(ticket) if terms.ticket and ticket else None
        return {
            "ticket_url": address or "",
            "rule": terms.rule,
            "policy_sha256": self.sha256,
        }

    def granted_under(self) -> dict[str, str]:
        """Return the columns of a request that say under which rule access was granted."""
        return {"granted_rule": self.terms.rule, "granted_policy_sha256": self.sha256}

    def grant(self, request: Request) -> None:
        """Set these columns of a request that is about to be approved."""
        for name, value in self.granted_under().items():
            setattr(request, name, value)

    def recorded(self) -> dict[str, Any]:
        """Return what an event records about several rules; nothing without a policy."""
        if not self.sha256:
            return {}
        rules = {role_id: part.rule for role_id, part in self.parts.items()}
        return {"policy": self.sha256, "rules": rules}


@dataclass(frozen=True, slots=True)
class RulesInForce:
    """The active policy with the environment's values."""

    policy: Policy
    sha256: str

    def needed(
        self,
        roles: Sequence[ProjectRole],
        activation_type: ActivationType | None,
        *,
        requester: str,
    ) -> FactsNeeded:
        """Return what rules for these roles, at least one and all on one project, depend on.

        Without an activation type, rules for either marker may decide.
        """
        types = (activation_type,) if activation_type else BOTH_TYPES
        asked = [(role.role, one) for role in roles for one in types]
        project_id = roles[0].project_id
        return self.policy.needed(project_id=project_id, requester=requester, roles=asked)

    def folders(
        self,
        roles: Sequence[ProjectRole],
        activation_type: ActivationType | None,
        *,
        requester: str,
    ) -> Folders | None:
        """Return the folders above the roles' project, if rules depend on them. Only then calls Google.

        :raises FactsMissing: when Google refuses to tell.
        :raises googlecloud.errors.GoogleCloudError: when Google fails.
        """
        if not self.needed(roles, activation_type, requester=requester).ancestry:
            return None
        return folders_above(roles[0].project_id)

    def folders_for_approval(self, role: ProjectRole, *, requester: str) -> Folders | None:
        """Return the same for a role that may be held by either marker, which is not known yet.

        :raises FactsMissing, googlecloud.errors.GoogleCloudError: as `folders`.
        """
        needed = (self.needed([role], kind, requester=requester) for kind in ActivationType)
        return folders_above(role.project_id) if any(one.ancestry for one in needed) else None

    @property
    def has_stages(self) -> bool:
        """Whether some rule demands approval in stages."""
        return self.policy.has_stages

    def requirements(
        self,
        role: ProjectRole,
        activation_type: ActivationType,
        *,
        principals: Principals,
        folders: Folders | None,
    ) -> Requirements:
        """Return what is required of one role.

        :raises FactsMissing: when that depends on folders or groups that were not read.
        """
        return self.policy.requirements(
            role_facts(role, activation_type, principals=principals, folders=folders)
        )

    def ruling(
        self,
        roles: Sequence[ProjectRole],
        activation_type: ActivationType,
        *,
        principals: Principals,
        folders: Folders | None,
    ) -> Ruling:
        """Return what is required of the roles of one request.

        :raises FactsMissing: when that depends on folders or groups that were not read.
        """
        parts = {
            role.id: self.requirements(
                role, activation_type, principals=principals, folders=folders
            )
            for role in roles
        }
        return Ruling(parts, self.sha256)


def role_facts(
    role: ProjectRole,
    activation_type: ActivationType,
    *,
    principals: Principals,
    folders: Folders | None = None,
) -> RoleFacts:
    """Return what rules must know of a role and of the person who asks for it."""
    return RoleFacts(
        project_id=role.project_id,
        role=role.role,
        activation_type=activation_type,
        requester=principals.user,
        folders=folders,
        groups=principals.groups,
        groups_are_complete=not principals.warnings,
    )


def rules_in_force() -> RulesInForce:
    """Return the active policy; takes one query.

    :raises UnusablePolicy: when a policy is active that cannot be applied.
    """
    policy, active = active_rules(current_environment())
    return RulesInForce(policy, active.sha256 if active else "")


def folders_above(project_id: str) -> Folders:
    """Return the folders above a project, as of at most ten minutes ago.

    :raises FactsMissing: when Google refuses to tell, so that no rule is skipped.
    :raises googlecloud.errors.GoogleCloudError: when Google fails.
    """
    try:
        return providers.ancestry().folders_above(project_id)
    except (Denied, NotFound, Invalid) as error:
        raise FactsMissing(
            f"A rule of the access policy depends on the folders above {project_id}, which cannot be"
            f" read: {error}"
        ) from error


def check_no_approval(user: str, roles: Sequence[ProjectRole], ruling: Ruling) -> None:
    """Check that no rule demands approval of roles that people would activate themselves.

    :raises NeedsApproval: with the original's message, when the only role needs it.
    :raises Refusal: when one of several roles needs it; the message names it.
    """
    for role in roles:
        if not ruling.parts[role.id].needs_approval:
            continue
        if len(roles) == 1:
            raise NeedsApproval(user, role, ActivationType.JIT)
        raise Refusal(f"The role {role.id} requires approval. Request it without other roles")


def check_asked(details: RequestDetails, ruling: Ruling, *, now: datetime) -> None:
    """:raises Refusal: when the request does not meet the rules; with their hints."""
    if found := objections_to(details, ruling.terms, now):
        raise Refusal(found)


def rule_of(request: Request) -> Requirements:
    """Return what the rule requires that the request was made under.

    :raises UnusablePolicy: when this version cannot apply it.
    """
    return kept_requirements(
        sha256=request.policy_sha256,
        rule=request.rule,
        environment=current_environment(),
        is_mpa=request.needs_approval,
    )


def check_decision(
    request: Request, kept: Requirements, ruling: Ruling, *, minutes: int, now: datetime
) -> None:
    """Check a request, with the minutes that would be granted, against the kept rule and the present one.

    :raises NoLongerMet: when it does not meet both.
    """
    terms = combined((kept, *ruling.parts.values()))
    if found := objections_to(replace(request.details, minutes=minutes), terms, now):
        raise no_longer_met(request, found)


def no_longer_met(request: Request, why: str) -> NoLongerMet:
    """Return the error that says why, and what to do."""
    return NoLongerMet(
        f"The request does not meet the access policy and stays pending. {why}."
        f" {request.beneficiary_email} can withdraw it and request the role again"
    )


def check_unchanged(ruling: Ruling) -> None:
    """Check that the policy is still the one that was applied. Call it inside `recording()`.

    The lock of `recording()` orders this check and the activation of another policy.

    :raises PolicyChanged: when it is another one.
    """
    active = active_policy()
    if (active.sha256 if active else "") != ruling.sha256:
        raise PolicyChanged("The access policy has just changed. Try again")


def objections_to(details: RequestDetails, terms: Terms, now: datetime) -> str:
    """Return what about the details is not allowed; '' if nothing."""
    text = folded(details.justification)
    wish = Wish(details.minutes, text, details.ticket, details.start_at)
    return ". ".join(one.text for one in objections(wish, terms, now=now))


def usual_minutes() -> int:
    """Return the duration that is offered where no rule says otherwise."""
    return min(DEFAULT_MINUTES, minutes_down(current_limits().longest))


def current_environment() -> Environment:
    """Return the limits that hold where no rule is stricter."""
    limits = current_limits()
    return Environment(
        max_minutes=minutes_down(limits.longest),
        default_minutes=usual_minutes(),
        justification=Criterion(limits.justification_pattern, limits.justification_hint),
        answer_within=minutes_down(limits.request_validity),
    )
