"""Checks the reviewers whom the requester chose, for roles without stages of approval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from activations.domain import rules
from activations.domain.states import ReviewerPart
from activations.models import User
from activations.people.designated import is_designated, manager_groups
from activations.people.reviewers import others_among
from eligibility import providers
from eligibility.entitlements import ActivationType, ProjectRole
from eligibility.facts import Facts
from eligibility.holders import groups_of_holders
from eligibility.judgement import NotEligible, Undetermined, check_eligible


def parts_of_chosen(
    reviewers: Sequence[str], role: ProjectRole, user: User, facts: Mapping[str, Facts]
) -> dict[str, ReviewerPart]:
    """Return the part of each chosen reviewer; `facts` are those of all people, by address.

    :raises NotEligible, Undetermined: when one may not review the role.
    :raises Refusal: when one is not another active person.
    :raises googlecloud.errors.GoogleCloudError: when groups cannot be read.
    """
    parts = {reviewer: _part(facts[reviewer], role) for reviewer in reviewers}
    _check_people(parts, role, user, facts[user.email])
    return parts


def _check_people(
    parts: Mapping[str, ReviewerPart], role: ProjectRole, user: User, facts: Facts
) -> None:
    """Check that each reviewer is another active person, as the list of reviewers does.

    :raises Refusal: when one is not.
    """
    groups = groups_of_holders(
        project_role=role, activation_type=ActivationType.MPA, policies=facts.policies
    )
    managers = manager_groups() if ReviewerPart.MANAGER in parts.values() else []
    members = providers.group_members().people([*groups, *managers])
    others = others_among(parts, user, members)
    for reviewer in parts:
        if reviewer not in others:
            raise rules.Refusal(
                f"{reviewer} cannot review your request: it is a service account, an inactive"
                " account or one of your addresses. Choose another reviewer"
            )


def _part(facts: Facts, role: ProjectRole) -> ReviewerPart:
    """Return whether the reviewer is a peer or, if not, a manager.

    :raises NotEligible: when the reviewer is neither.
    :raises Undetermined: instead, when the facts are incomplete.
    """
    try:
        check_eligible(facts, [role], ActivationType.MPA, wanted=None)
    except (NotEligible, Undetermined):
        if is_designated(facts):
            return ReviewerPart.MANAGER
        raise
    return ReviewerPart.PEER
