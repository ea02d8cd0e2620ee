"""Explain to a person, or to an administrator about anybody, whether a request would be accepted now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from activations.domain import rules
from activations.domain.explained import held_steps, reviewer_step, role_step, write_steps
from activations.domain.refusals import NotAllowed
from activations.iam.dependencies import current_limits
from activations.iam.quotas import check_person
from activations.models import User
from activations.people.addresses import known_addresses
from activations.people.designated import manager_groups
from activations.people.stops import person_of, stops_of
from activations.services.explained_rules import rules_of_ways, stages_of_way
from activations.services.peers import reviewers_of
from activations.services.project_ids import canonical_project
from eligibility import providers
from eligibility.cel import Unparseable, canonical, parse
from eligibility.entitlements import ActivationType, InvalidProjectRoleId, ProjectRole
from eligibility.explaining.candidates import candidates
from eligibility.explaining.explanation import Times, explain
from eligibility.explaining.looks import (
    CloserLook,
    Failed,
    Findings,
    FirstLook,
    Question,
    RoleWay,
)
from eligibility.explaining.steps import Check, Explanation, Step, failed, unknown
from eligibility.index.served import last_read_at
from eligibility.syntax import conjuncts
from googlecloud.names import account_id, is_service_account


@dataclass(frozen=True, slots=True)
class Asked:
    """A question in the texts that people typed; `user` '' is the person who asks."""

    project_id: str
    role: str
    user: str = ""
    resource_condition: str = ""


def explain_eligibility(
    *,
    asked: Asked,
    user: User,
    is_administrator: bool,
    now: datetime,
) -> Explanation:
    """Return why a request by `asked.user` would be accepted now, or why not.

    Google is asked live.

    :raises NotAllowed: when somebody else is meant, and an administrator does not ask.
    :raises Refusal: when project, role, address or condition are not well-formed.
    :raises TooManyRequests: when this person asks too often.
    """
    question = _question(asked, user, is_administrator=is_administrator)
    check_person(user, now, doing="explain")
    live = providers.live_facts()
    look = live.first_look(question)
    times = Times(now, current_limits().longest)
    if not look.shows_details:
        return explain(look, None, Findings(), times=times)
    times = replace(times, indexed_at=last_read_at())
    closer = live.closer_look(look, more_groups=manager_groups())
    return explain(look, closer, _findings(look, closer, times), times=times)


def _question(asked: Asked, user: User, *, is_administrator: bool) -> Question:
    email = rules.check_address(asked.user) if asked.user.strip() else user.email
    is_about_oneself = email == user.email
    if not (is_about_oneself or is_administrator):
        raise NotAllowed("Only administrators can ask about other people")
    project_id = canonical_project(asked.project_id, user=user)
    return Question(
        user=email,
        project_id=project_id,
        role=_role(project_id, asked.role),
        resource_condition=_condition(asked.resource_condition),
        sees_all=is_administrator,
        is_about_oneself=is_about_oneself,
    )


def _role(project_id: str, text: str) -> str:
    """:raises Refusal: when it is not the name of a role."""
    role = text.strip()
    try:
        parsed = ProjectRole.parse(f"{project_id}:{role}")
    except InvalidProjectRoleId:
        parsed = None
    if parsed is None or parsed.role != role:
        raise rules.Refusal(
            "Enter the name of a role, such as roles/compute.admin or"
            " projects/my-project/roles/custom"
        )
    return role


def _condition(text: str) -> str:
    """The canonical form; '' when none was given.

    :raises Refusal: when it cannot be read.
    """
    condition = rules.check_text("resourceCondition", text).strip()
    try:
        return canonical(conjuncts(parse(condition))) if condition else ""
    except Unparseable as error:
        raise rules.Refusal(f"The resource condition cannot be read: {error}") from error


def _findings(look: FirstLook, closer: CloserLook, times: Times) -> Findings:
    question = look.question
    person = person_of(question.user)
    beneficiary = "" if question.is_about_oneself else question.user
    general = (
        role_step(question.role, project_id=question.project_id),
        *held_steps(look.facts, question.role, beneficiary=beneficiary),
        *(_of_person(question.user, person) if question.sees_all else ()),
    )
    is_current = person is not None and person.email == question.user
    of_way, types = _of_ways(look, closer, person, times)
    return Findings(
        general,
        of_way,
        types,
        frozenset(known_addresses(person)) - {question.user}
        if person and is_current
        else frozenset(),
        account_id(person.subject) if person and is_current else "",
    )


def _of_person(email: str, person: User | None) -> Iterator[Step]:
    """What keeps the person from using JIT Access at all; for administrators."""
    if is_service_account(email):
        yield failed(
            Check.MEMBERSHIP, f"{email} is a service account; only people can use JIT Access."
        )
    if person and person.email != email:
        yield failed(
            Check.MEMBERSHIP,
            f"{email} is a former address of {person.email}. Only the address that a person signs"
            " in with counts.",
            f"Ask about {person.email}.",
        )
    for stop in stops_of(email):
        yield failed(
            Check.MEMBERSHIP,
            f"An administrator stopped the access of {stop.email}: {stop.reason}",
            "Lift the stop under Stop a person.",
        )


def _of_ways(
    look: FirstLook, closer: CloserLook, person: User | None, times: Times
) -> tuple[Mapping[RoleWay, tuple[Step, ...]], Mapping[RoleWay, ActivationType]]:
    """The access policy, reviewers and room in the policy for each way to the role, and what rules turn it into."""
    ways = tuple(dict.fromkeys(one.way for one in candidates(look)))
    ruled = rules_of_ways(look, ways)
    found: dict[RoleWay, tuple[Step, ...]] = {}
    for way in ways:
        role, rule = way[0], ruled[way]
        steps: list[Step] = [rule.step]
        if not isinstance(look.live_policy, Failed):
            steps += write_steps(look.facts, role, now=times.now, longest=times.longest)
        if rule.stages:
            steps.append(stages_of_way(look, role, rule, _beneficiary(look, person)))
        elif rule.kind is ActivationType.MPA:
            steps.append(_reviewers(look, closer, role, person))
        found[way] = tuple(steps)
    return found, {way: rule.kind for way, rule in ruled.items()}


def _beneficiary(look: FirstLook, person: User | None) -> User:
    """The person whose request it would be; unsaved if they have never signed in."""
    email = look.question.user
    return person if person and person.email == email else User(email=email)


def _reviewers(look: FirstLook, closer: CloserLook, role: ProjectRole, person: User | None) -> Step:
    people = closer.people
    if isinstance(people, Failed):
        text = f"The people who can review could not be determined: {people.message}."
        return unknown(Check.REVIEWERS, text, "Try again in a minute.")
    user = _beneficiary(look, person)
    found = reviewers_of(look.facts, role, user=user, people=lambda _: people)
    return reviewer_step(
        len(found.peers) + len(found.managers),
        question=look.question,
        limits=current_limits(),
        is_complete=not found.warnings,
    )
