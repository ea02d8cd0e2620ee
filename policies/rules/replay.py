"""What another policy would have decided otherwise about a request: a pure function of the request and both policies.

Only what is stored with a request is known: neither the folders above its project nor the groups of its
requester. Where rules depend on them, and the policies differ there, the result is unknown, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from eligibility.entitlements import ActivationType
from policies.rules.facts import FactsMissing, RoleFacts, is_among
from policies.rules.policy import Candidate, Condition, Policy
from policies.rules.requirements import (
    ApprovalTerms,
    BreakGlassTerms,
    Requirements,
    Terms,
    combined,
)
from policies.rules.wishes import Wish, objections


class Change(Enum):
    """What the second policy decides or requires otherwise; the value is what people read."""

    DURATION_REFUSED = "Duration too long, would be refused"
    DURATION_ALLOWED = "Duration no longer too long"
    JUSTIFICATION_REFUSED = "Justification does not match, would be refused"
    JUSTIFICATION_ALLOWED = "Justification no longer refused"
    TICKET_REFUSED = "Ticket missing or does not match, would be refused"
    TICKET_ALLOWED = "Ticket no longer refused"
    APPROVAL_NEEDED = "Approval needed"
    APPROVAL_NOT_NEEDED = "Approval no longer needed"
    OTHER_APPROVERS = "Other approvers"
    BREAK_GLASS_REFUSED = "Break glass would be refused"
    BREAK_GLASS_ALLOWED = "Break glass no longer refused"
    OTHER_ANSWER_TIME = "Other time to answer"
    OTHER_BREAK_GLASS = "Other rules of break glass"
    SHORTER_MAXIMUM = "Shorter maximum, still long enough"
    LONGER_MAXIMUM = "Longer maximum"

    @property
    def is_of_decision(self) -> bool:
        """Whether the request is decided otherwise, or by others; else only what is required differs."""
        return self not in _OF_REQUIREMENTS


_OF_REQUIREMENTS = {
    *(Change.SHORTER_MAXIMUM, Change.LONGER_MAXIMUM),
    *(Change.OTHER_ANSWER_TIME, Change.OTHER_BREAK_GLASS),
}


class Unknown(Enum):
    """A fact that is not stored, and that the result depends on; the value is what people read."""

    FOLDERS = "folders of the project"
    GROUPS = "groups of the requester"
    TYPE = "type of the eligible role"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it is stored, for at least one role.

    `types` are those that the marker of its roles may have; more than one when that is not stored.
    `used_break_glass` says that the requester skipped approval.
    """

    project_id: str
    requester: str
    roles: tuple[str, ...]
    types: tuple[ActivationType, ...]
    wish: Wish
    used_break_glass: bool = False

    def facts(self, activation_type: ActivationType) -> list[RoleFacts]:
        """Return what is known of each role."""
        return [
            RoleFacts(self.project_id, role, activation_type, self.requester) for role in self.roles
        ]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What changes for a request; nothing when both are empty. With `unknown`, there are no changes."""

    changes: tuple[Change, ...] = ()
    unknown: frozenset[Unknown] = frozenset()

    @property
    def is_other_decision(self) -> bool:
        return any(one.is_of_decision for one in self.changes)


UNCHANGED = Outcome()
_OF_FIELDS = {
    "duration": (Change.DURATION_REFUSED, Change.DURATION_ALLOWED),
    "justification": (Change.JUSTIFICATION_REFUSED, Change.JUSTIFICATION_ALLOWED),
    "ticket": (Change.TICKET_REFUSED, Change.TICKET_ALLOWED),
}


def replay(asked: Asked, before: Policy, after: Policy, *, now: datetime) -> Outcome:
    """Return what the policy `after` decides or requires otherwise than `before`."""
    outcomes = {_of_type(asked, one, before, after, now) for one in asked.types}
    if len(outcomes) == 1:
        return outcomes.pop()
    unknown = frozenset(one for outcome in outcomes for one in outcome.unknown)
    return Outcome(unknown=unknown or frozenset({Unknown.TYPE}))


def _of_type(
    asked: Asked, activation_type: ActivationType, before: Policy, after: Policy, now: datetime
) -> Outcome:
    facts = asked.facts(activation_type)
    old = [before.candidates(one) for one in facts]
    new = [after.candidates(one) for one in facts]
    if _decisive(old) == _decisive(new):
        return UNCHANGED
    if any(len(candidates) > 1 for candidates in (*old, *new)):
        return Outcome(unknown=frozenset(_missing(asked, activation_type, before, after)))
    was = [candidates[0].requirements for candidates in old]
    becomes = [candidates[0].requirements for candidates in new]
    try:
        return Outcome(tuple(_changes(asked, was, becomes, now)))
    except FactsMissing:
        # Whether the requester is in a group that may use break glass.
        return Outcome(unknown=frozenset({Unknown.GROUPS}))


def _missing(asked: Asked, activation_type: ActivationType, *policies: Policy) -> Iterator[Unknown]:
    roles = [(role, activation_type) for role in asked.roles]
    for policy in policies:
        needed = policy.needed(project_id=asked.project_id, requester=asked.requester, roles=roles)
        if needed.ancestry:
            yield Unknown.FOLDERS
        if needed.requester_groups:
            yield Unknown.GROUPS


def _changes(
    asked: Asked, was: Sequence[Requirements], becomes: Sequence[Requirements], now: datetime
) -> Iterator[Change]:
    before, after = combined(was), combined(becomes)
    refused_before = _refused(asked.wish, before, now)
    refused_after = _refused(asked.wish, after, now)
    for field, (refused, allowed) in _OF_FIELDS.items():
        if (field in refused_after) != (field in refused_before):
            yield refused if field in refused_after else allowed
        elif field == "duration" and after.max_minutes != before.max_minutes:
            is_longer = after.max_minutes > before.max_minutes
            yield Change.LONGER_MAXIMUM if is_longer else Change.SHORTER_MAXIMUM
    if asked.used_break_glass:
        yield from _of_break_glass(asked, was, becomes)
    else:
        yield from _of_approval(was, becomes)


def _refused(wish: Wish, terms: Terms, now: datetime) -> frozenset[str]:
    return frozenset(one.field for one in objections(wish, terms, now=now))


def _of_approval(was: Sequence[Requirements], becomes: Sequence[Requirements]) -> Iterator[Change]:
    old = [one.approval for one in was if one.approval]
    new = [one.approval for one in becomes if one.approval]
    if not old and not new:
        return
    if not old or not new:
        yield Change.APPROVAL_NEEDED if new else Change.APPROVAL_NOT_NEEDED
    else:
        if [_approvers(one) for one in old] != [_approvers(one) for one in new]:
            yield Change.OTHER_APPROVERS
        if [one.answer_within for one in old] != [one.answer_within for one in new]:
            yield Change.OTHER_ANSWER_TIME
        if [one.break_glass for one in was] != [one.break_glass for one in becomes]:
            yield Change.OTHER_BREAK_GLASS


def _of_break_glass(
    asked: Asked, was: Sequence[Requirements], becomes: Sequence[Requirements]
) -> Iterator[Change]:
    """Compare for somebody who skipped approval.

    :raises FactsMissing: when that depends on their groups.
    """
    if all(one.approval is None for one in becomes):
        if any(one.approval for one in was):
            yield Change.APPROVAL_NOT_NEEDED
        return
    if [_who(one) for one in was] == [_who(one) for one in becomes]:
        return
    refused_before = _refuses_break_glass(asked, was)
    if _refuses_break_glass(asked, becomes) != refused_before:
        yield Change.BREAK_GLASS_ALLOWED if refused_before else Change.BREAK_GLASS_REFUSED


def _who(requirements: Requirements) -> frozenset[str] | None:
    """Return who may skip the approval; None when none is needed."""
    if requirements.approval is None:
        return None
    return frozenset(requirements.break_glass.who if requirements.break_glass else ())


def _refuses_break_glass(asked: Asked, roles: Sequence[Requirements]) -> bool:
    facts = asked.facts(asked.types[0])
    return any(
        who is not None and not is_among(one, tuple(who))
        for one, who in zip(facts, map(_who, roles), strict=True)
    )


_Approvers = tuple[object, ...]


def _approvers(approval: ApprovalTerms) -> _Approvers:
    """Return who must approve, whatever the order of their names."""
    stages = tuple((frozenset(one.approvers), one.count) for one in approval.stages)
    escalation = approval.escalation
    return stages, escalation and (escalation.after, frozenset(escalation.to))


@dataclass(frozen=True, slots=True)
class _Decisive:
    """What decides about requests, without names, hints and offers."""

    condition: Condition | None
    max_minutes: int
    patterns: frozenset[str]
    tickets: frozenset[str]
    answer_within: int
    approvers: _Approvers | None
    break_glass: BreakGlassTerms | None


def _decisive(roles: Sequence[Sequence[Candidate]]) -> list[list[_Decisive]]:
    return [[_of_candidate(one) for one in candidates] for candidates in roles]


def _of_candidate(candidate: Candidate) -> _Decisive:
    found = candidate.requirements
    terms, approval = found.terms, found.approval
    return _Decisive(
        condition=candidate.condition,
        max_minutes=terms.max_minutes,
        patterns=frozenset(one.pattern for one in terms.justifications),
        tickets=frozenset(terms.ticket.patterns) if terms.ticket else frozenset(),
        answer_within=approval.answer_within if approval else 0,
        approvers=_approvers(approval) if approval else None,
        break_glass=found.break_glass if approval else None,
    )
