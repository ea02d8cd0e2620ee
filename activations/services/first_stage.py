"""Checks whether a new request can be approved in stages, and determines who is asked in the first one."""

from __future__ import annotations

from collections.abc import Sequence

from activations.domain.rules import Refusal
from activations.domain.stages import demands
from activations.models import User
from activations.services.approval_rules import RoleRuling
from activations.services.candidates import Candidates, candidates
from activations.services.opening import Opening
from eligibility.entitlements import ProjectRole
from eligibility.facts import Facts
from policies.rules.requirements import ApprovalStage, ApprovalTerms


def first_stage(
    chosen: Sequence[str], role: ProjectRole, user: User, facts: Facts, required: RoleRuling
) -> Opening:
    """Return the first stage with everybody who may approve in it.

    :raises Refusal: when a stage cannot be filled by different people, or a chosen reviewer is not one
        of those who may approve in the first stage; the message names it.
    :raises FactsMissing: when it is not known who may approve.
    :raises googlecloud.errors.GoogleCloudError: when Google fails.
    """
    terms = required.approval
    assert terms is not None  # noqa: S101  # the caller has checked that there are stages
    found = possible(terms, role, user, facts)
    if unfilled := found.unfillable([stage.count for stage in terms.stages]):
        raise Refusal(_unfillable(required.rule, unfilled, terms.stages[unfilled - 1]))
    parts = found.stages[0]
    if others := [email for email in chosen if email not in parts]:
        raise Refusal(
            f"{', '.join(others)} cannot approve in stage 1 of the rule {required.rule!r}, which"
            f" names {_named(terms.stages[0])}. Choose other reviewers, or none to ask all of them"
        )
    return Opening(1, parts, chosen)


def possible(terms: ApprovalTerms, role: ProjectRole, user: User, facts: Facts) -> Candidates:
    """Return who may approve in each stage of a new request.

    :raises FactsMissing: when a group that a stage names cannot be read.
    :raises googlecloud.errors.GoogleCloudError: when Google fails.
    """
    found = demands(terms, None)
    return candidates(found, facts=facts, role=role, requester=user)


def _unfillable(rule: str, number: int, stage: ApprovalStage) -> str:
    people = "1 person" if stage.count == 1 else f"{stage.count} people"
    return (
        f"Stage {number} of the rule {rule!r} requires approval by {people} out of {_named(stage)},"
        " each other than you and than those who approve in other stages. There are not enough of them."
        " Ask an administrator to change the rule or its groups"
    )


def _named(stage: ApprovalStage) -> str:
    return ", ".join(stage.approvers)
