"""The rules of a request as steps of an explanation: each refusal that it would meet, not only the first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from activations.domain import preflight
from activations.domain.bindings import Policy, Wanted, self_approved, with_activations
from activations.domain.rules import Limits, Refusal
from eligibility.entitlements import ProjectRole
from eligibility.explaining import commands
from eligibility.explaining.looks import Question
from eligibility.explaining.steps import Check, Step, failed, passed, unknown
from eligibility.explaining.subject import advised
from eligibility.facts import Facts


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
