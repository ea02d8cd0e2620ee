"""The rules of a request as steps of an explanation: each refusal that it would meet, not only the first.

Also what the access policy demands, and whether enough people can approve.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from activations.domain import preflight
from activations.domain.bindings import Policy, Wanted, self_approved, with_activations
from activations.domain.requirement_words import principals_in_words, terms_in_words
from activations.domain.rules import Limits, Refusal
from activations.domain.text import minutes_in_words
from eligibility.entitlements import ProjectRole
from eligibility.explaining import commands
from eligibility.explaining.looks import Question
from eligibility.explaining.steps import Check, Step, failed, passed, unknown
from eligibility.explaining.subject import advised
from eligibility.facts import Facts
from policies.rules.requirements import ApprovalStage, Requirements


def role_step(role: str, *, project_id: str) -> Step:
    """Return whether IAM allows a time limit on the role at all."""
    try:
        preflight.check_not_basic(role)
    except Refusal as refusal:
        return failed(Check.ROLE, str(refusal), command=commands.list_grantable(project_id))
    return passed(
        Check.ROLE,
        f"{role} is not a basic role. IAM allows a time limit on predefined and custom roles.",
    )


def held_steps(facts: Facts, role: str, *, beneficiary: str) -> Iterator[Step]:
    """Yield that the person has the role already, without a time limit.

    `beneficiary` is empty where the person reads the answer.
    """
    try:
        preflight.check_not_held(
            facts.live_policy or {},
            role,
            principals=facts.principals,
            inherited=facts.inherited,
            beneficiary=beneficiary,
        )
    except preflight.AlreadyHeld as refusal:
        remedy = "No activation is needed. If access does not work, check deny policies."
        yield failed(Check.BINDING, str(refusal), remedy)


def write_steps(
    facts: Facts, role: ProjectRole, *, now: datetime, longest: timedelta
) -> Iterator[Step]:
    """Yield whether IAM would take the binding: its condition, and the policy with it."""
    access = Wanted(
        email=facts.user,
        role=role.role,
        resource_condition=role.resource_condition,
        start=now,
        end=now + longest,
        description=self_approved(""),
    )
    try:
        preflight.check_complexity(access)
    except Refusal as refusal:
        yield failed(Check.CONDITION, str(refusal))
    after = with_activations(facts.live_policy or {"bindings": []}, [access], now=now)
    full = [*_refusals(after, access)]
    command = commands.show_policy(role.project_id)
    yield from (failed(Check.POLICY, str(refusal), command=command) for refusal in full)
    if not full:
        count = preflight.principals_in(after)
        yield passed(
            Check.POLICY,
            f"The IAM policy of the project has room: it would hold {count:,} of"
            f" {preflight.MOST_PRINCIPALS:,} principals.",
        )


def _refusals(after: Policy, access: Wanted) -> Iterator[Refusal]:
    try:
        preflight.check_room_for_conditions(after, access)
    except Refusal as refusal:
        yield refusal
    try:
        preflight.check_room_for_principals(after)
    except Refusal as refusal:
        yield refusal


def reviewer_step(count: int, *, question: Question, limits: Limits, is_complete: bool) -> Step:
    """Return whether as many people can review as a request must name."""
    people = "1 person" if count == 1 else f"{count} people"
    if count >= max(limits.min_reviewers, 1):
        return passed(Check.REVIEWERS, f"{people} can review a request.")
    text = f"{people} can review a request; it must name at least {max(limits.min_reviewers, 1)}."
    if not is_complete:
        return unknown(
            Check.REVIEWERS, f"{text} Not all groups could be read.", "Try again in a minute."
        )
    remedy = "Make more people eligible for the role with approval, or configure REVIEWERS."
    return failed(Check.REVIEWERS, text, advised(question, remedy))


def rule_step(required: Requirements, *, has_policy: bool) -> Step:
    """Return which rule of the access policy decides, and what it demands."""
    longest = minutes_in_words(required.terms.max_minutes)
    if not has_policy:
        return passed(
            Check.RULE, f"No access policy is active. A request is for at most {longest}."
        )
    if not required.rule:
        text = f"No rule matches this role on this project. A request is for at most {longest}."
        return passed(Check.RULE, text)
    stages = required.approval.stages if required.approval else ()
    demands = terms_in_words(required.terms, stages)
    return passed(Check.RULE, f"The rule {required.rule!r} decides: {demands}.")


def unknown_rule_step(why: str) -> Step:
    """Return that it is not known which rule decides; requests are refused meanwhile."""
    text = f"It is not known which rule of the access policy decides. {why.rstrip('.')}."
    return unknown(Check.RULE, text, "Try again in a minute.")


def stages_step(
    stages: Sequence[ApprovalStage], counts: Sequence[int], *, unfilled: int, question: Question
) -> Step:
    """Return whether different people can approve in all stages.

    `counts` are the candidates of each stage, and `unfilled` is the first stage that cannot be filled,
    from 1; 0 if all can.
    """
    listed = ", then ".join(
        f"{count} of {principals_in_words(stage.approvers)}, {stage.count} needed"
        for stage, count in zip(stages, counts, strict=True)
    )
    if not unfilled:
        return passed(Check.REVIEWERS, f"People who can approve, by stage: {listed}.")
    return failed(
        Check.REVIEWERS,
        f"Stage {unfilled} cannot be approved by enough different people. Candidates: {listed}.",
        advised(question, "Add people to the groups of the rule, or change the rule."),
    )


def unknown_stages_step(why: str) -> Step:
    """Return that it is not known who can approve."""
    text = f"The people who can approve could not be determined. {why.rstrip('.')}."
    return unknown(Check.REVIEWERS, text, "Try again in a minute.")
