"""Decides about access in an emergency: without approval, told to those who approve, and reviewed afterwards."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings

from activations.domain.bindings import self_approved
from activations.domain.preflight import check_all_grantable, check_facts
from activations.domain.refusals import NotAllowed
from activations.domain.request_details import RequestDetails
from activations.domain.rules import Refusal
from activations.domain.text import folded
from activations.iam import writes
from activations.iam.dependencies import Dependencies
from activations.iam.provisioning import Decision
from activations.models import User
from activations.people.actor import Actor
from activations.people.reviewers import others_among
from activations.people.stops import stopped_among
from activations.services.access_rules import (
    Folders,
    RulesInForce,
    Ruling,
    check_asked,
    role_facts,
    rules_in_force,
)
from eligibility import providers
from eligibility.entitlements import ActivationType, ProjectRole
from eligibility.facts import Facts
from eligibility.holders import groups_of_holders, holders
from eligibility.judgement import check_eligible
from eligibility.membership import BOTH_TYPES, Holding
from eligibility.people import People
from eligibility.validity import Period
from googlecloud.calls import gather
from policies.document.words import PEERS
from policies.rules.facts import FactsMissing
from policies.rules.requirements import BreakGlassTerms, Requirements, strictest
from policies.rules.wishes import break_glass_objections

# The key of an event's details.
RECORDED = "break_glass"


class NoBreakGlass(NotAllowed):
    """The rule of a role has no break glass, or not for this person, or nobody could review it."""


@dataclass(frozen=True, slots=True)
class Watchers:
    """Addresses of those who are told, of those among them who review, and their time in minutes."""

    told: tuple[str, ...]
    asked: tuple[str, ...]
    review_within: int

    def recorded(self) -> dict[str, Any]:
        """Return what the event of the request records; `recorded_watchers` reads it."""
        values = {"told": list(self.told), "asked": list(self.asked)}
        return {RECORDED: values | {"review_within": self.review_within}}


def recorded_watchers(details: dict[str, Any]) -> Watchers:
    """Return what :meth:`Watchers.recorded` recorded."""
    kept = details[RECORDED]
    return Watchers(tuple(kept["told"]), tuple(kept["asked"]), kept["review_within"])


def decide_break_glass(
    roles: Sequence[ProjectRole],
    details: RequestDetails,
    *,
    actor: Actor,
    dependencies: Dependencies,
    now: datetime,
) -> tuple[Decision, Ruling, Watchers]:
    """Check that a person who is eligible, with or without approval, may break glass for all these roles.

    :raises NotEligible: when the person does not hold one of them under either marker.
    :raises NoBreakGlass: when a rule has no break glass, or not for this person, or names nobody else to review it.
    :raises Refusal: when the request does not meet the rules.
    :raises FactsMissing, UnusablePolicy: when it is not known what the access policy requires.
    :raises googlecloud.errors.GoogleCloudError: when Google fails; nothing is granted.
    """
    project_id, email = roles[0].project_id, actor.user.email
    generation, in_force = writes.generation(project_id), rules_in_force()
    facts, grantable, folders = gather(
        partial(dependencies.catalog.decision_facts, user=email, project_id=project_id),
        partial(dependencies.ask_grantable, roles),
        partial(in_force.folders, roles, None, requester=email),
    )
    wanted = Period.of(now, details.duration)
    holdings = check_eligible(facts, roles, None, wanted=wanted)
    ruling = _ruling(in_force, holdings, facts, folders)
    _check_allowed(holdings, ruling, facts, details)
    check_asked(details, ruling, now=now)
    check_all_grantable(grantable)
    check_facts(
        facts,
        roles,
        description=self_approved(details.justification),
        now=now,
        duration=details.duration,
    )
    watchers = _watchers(holdings, ruling, user=actor.user, dependencies=dependencies)
    return Decision(facts, generation, None, holdings), ruling, watchers


def _ruling(
    in_force: RulesInForce, holdings: Sequence[Holding], facts: Facts, folders: Folders | None
) -> Ruling:
    """Return what is required of each role, as the person holds it."""
    parts = {
        one.project_role.id: in_force.requirements(
            one.project_role, one.activation_type, principals=facts.principals, folders=folders
        )
        for one in holdings
    }
    return Ruling(parts, in_force.sha256)


def _check_allowed(
    holdings: Sequence[Holding], ruling: Ruling, facts: Facts, details: RequestDetails
) -> None:
    """:raises NoBreakGlass, Refusal, FactsMissing: for the first role that the person may not have like this."""
    for one in holdings:
        role = role_facts(one.project_role, one.activation_type, principals=facts.principals)
        required = ruling.parts[one.project_role.id]
        for objection in break_glass_objections(folded(details.justification), required, role):
            if objection.field == "justification":
                raise Refusal(objection.text)
            raise NoBreakGlass(objection.text)


def _watchers(
    holdings: Sequence[Holding], ruling: Ruling, *, user: User, dependencies: Dependencies
) -> Watchers:
    """Return who would have approved, and who reviews: for several roles, under the strictest rule.

    :raises FactsMissing: when the groups of those who review cannot be read, because nobody could be told.
    :raises NoBreakGlass: when nobody but this person would review.
    :raises googlecloud.errors.GoogleCloudError: when Google fails.
    """
    parts = ruling.parts
    decisive = strictest(parts.values())
    review = terms_of(decisive)
    named = {name for part in parts.values() for name in _named(part)}
    with_peers = [one for one in holdings if _asks_peers(parts[one.project_role.id])]
    policies = _policies(with_peers, user, dependencies)
    groups = {group for one in with_peers for group in _groups_of_peers(one, policies)}
    groups |= {name.removeprefix("group:") for name in named if name.startswith("group:")}
    members = providers.group_members().people(groups)
    _check_read(review, members)
    peers = {email for one in with_peers for email in _peers(one, policies, members)}
    others = others_among({*addresses_of(named, members), *peers}, user, members)
    told = others - stopped_among(sorted(others))
    asked = told & addresses_of(review.review_by, members)
    _check_reviewed(asked, decisive)
    return Watchers(
        told=tuple(sorted(told)),
        asked=tuple(sorted(asked)),
        review_within=min(terms_of(part).review_within for part in parts.values()),
    )


def terms_of(part: Requirements) -> BreakGlassTerms:
    """Return the terms of break glass of a role for which it was allowed."""
    if part.break_glass is None:
        raise FactsMissing(f"The rule {part.rule!r} has no break glass any more")
    return part.break_glass


def _named(part: Requirements) -> Iterator[str]:
    """Yield the principals who would approve a role, without its peers, and who review."""
    yield from terms_of(part).review_by
    if part.approval is None:
        return
    if not part.approval.stages:
        yield from settings.REVIEWERS
    for stage in part.approval.stages:
        yield from (name for name in stage.approvers if name != PEERS)


def _asks_peers(part: Requirements) -> bool:
    if part.approval is None:
        return False
    stages = part.approval.stages
    return not stages or any(PEERS in stage.approvers for stage in stages)


def _policies(
    held: Sequence[Holding], user: User, dependencies: Dependencies
) -> dict[ProjectRole, Facts]:
    """Return facts with all members of the bindings of these roles."""
    roles = [one.project_role for one in held]
    read = (
        partial(
            dependencies.catalog.facts_of,
            users=[user.email],
            project_id=role.project_id,
            role=role.role,
        )
        for role in roles
    )
    found = gather(*read) if roles else []
    return {role: each[user.email] for role, each in zip(roles, found, strict=True)}


def _types_of_peers(held: Holding) -> tuple[ActivationType, ...]:
    """Peers of a role without approval hold it under either marker, because only its rule demands approval."""
    return (ActivationType.MPA,) if held.activation_type is ActivationType.MPA else BOTH_TYPES


def _groups_of_peers(held: Holding, facts: dict[ProjectRole, Facts]) -> Iterator[str]:
    for kind in _types_of_peers(held):
        yield from groups_of_holders(
            project_role=held.project_role,
            activation_type=kind,
            policies=facts[held.project_role].policies,
        )


def _peers(held: Holding, facts: dict[ProjectRole, Facts], members: People) -> Iterator[str]:
    for kind in _types_of_peers(held):
        yield from holders(
            project_role=held.project_role,
            activation_type=kind,
            policies=facts[held.project_role].policies,
            people_of=members.of,
        )


def addresses_of(principals: Iterable[str], members: People) -> set[str]:
    """Return the addresses of people and of the members of groups, in lower case."""
    found: set[str] = set()
    for name in principals:
        kind, _, email = name.lower().partition(":")
        if kind == "user":
            found.add(email)
        else:
            found.update(members.of.get(email, ()))
    return found


def _check_read(review: BreakGlassTerms, members: People) -> None:
    unread = [name for name in review.review_by if name.removeprefix("group:") in members.unread]
    if unread:
        raise FactsMissing(
            f"The members of {', '.join(unread)}, who review break-glass access, cannot be read"
        )


def _check_reviewed(asked: Collection[str], part: Requirements) -> None:
    if not asked:
        raise NoBreakGlass(
            f"Nobody but you could review this break-glass access: review_by of the rule {part.rule!r} names"
            f" {', '.join(terms_of(part).review_by)}. Ask an administrator to change the rule or its groups"
        )
