"""What is required of a request: the environment's values, tightened by the rule that matches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from policies.document.words import TICKET

if TYPE_CHECKING:
    from policies.document.shape import Approval, Rule


@dataclass(frozen=True, slots=True)
class Criterion:
    """A pattern that the whole justification must match, and what people read when it does not."""

    pattern: str
    hint: str


@dataclass(frozen=True, slots=True)
class Environment:
    """The operator's values, which hold where no rule says otherwise; times in minutes."""

    max_minutes: int
    default_minutes: int
    justification: Criterion
    answer_within: int


@dataclass(frozen=True, slots=True)
class TicketRule:
    """A ticket that must be named: it must match every pattern as a whole."""

    label: str
    patterns: tuple[str, ...]
    url: str | None = None

    def address(self, ticket: str) -> str | None:
        """Return where the ticket is; its text is percent-encoded."""
        return self.url.replace(TICKET, quote(ticket, safe="")) if self.url else None


@dataclass(frozen=True, slots=True)
class Terms:
    """What the request itself must meet; `rule` is empty when only the environment's values hold."""

    rule: str
    max_minutes: int
    default_minutes: int
    justifications: tuple[Criterion, ...]
    ticket: TicketRule | None = None


@dataclass(frozen=True, slots=True)
class ApprovalStage:
    """Approvals by `count` different people out of `peers`, `user:…` and `group:…`."""

    approvers: tuple[str, ...]
    count: int


@dataclass(frozen=True, slots=True)
class EscalationStep:
    """Who may approve as well, from so many minutes after the opening of a stage."""

    after: int
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ApprovalTerms:
    """Who approves; without stages, peers and REVIEWERS as without a policy. Times in minutes.

    `answer_within` counts from the request, `remind_after` and `escalation` from the opening of a stage.
    """

    answer_within: int
    stages: tuple[ApprovalStage, ...] = ()
    remind_after: int | None = None
    escalation: EscalationStep | None = None


@dataclass(frozen=True, slots=True)
class BreakGlassTerms:
    """Who may skip approval, and who judges it within so many minutes."""

    who: tuple[str, ...]
    review_by: tuple[str, ...]
    review_within: int


@dataclass(frozen=True, slots=True)
class Requirements:
    """Everything that is required of one role. Without `approval`, people activate it themselves."""

    terms: Terms
    approval: ApprovalTerms | None = None
    break_glass: BreakGlassTerms | None = None

    @property
    def rule(self) -> str:
        return self.terms.rule

    @property
    def needs_approval(self) -> bool:
        return self.approval is not None

    @property
    def approver_groups(self) -> frozenset[str]:
        """The groups whose members may approve, in any stage or after an escalation."""
        if self.approval is None:
            return frozenset()
        named = [one for stage in self.approval.stages for one in stage.approvers]
        named += self.approval.escalation.to if self.approval.escalation else ()
        return frozenset(one for one in named if one.startswith("group:"))


def of_environment(environment: Environment, *, is_mpa: bool) -> Requirements:
    """Return what is required when no rule matches."""
    terms = Terms(
        rule="",
        max_minutes=environment.max_minutes,
        default_minutes=min(environment.default_minutes, environment.max_minutes),
        justifications=(environment.justification,),
    )
    return Requirements(terms, ApprovalTerms(environment.answer_within) if is_mpa else None)


def of_rule(rule: Rule, environment: Environment, *, is_mpa: bool) -> Requirements:
    """Return what a rule requires: never less than the environment."""
    base = of_environment(environment, is_mpa=is_mpa)
    approval = rule.require.approval
    broken = rule.break_glass
    return Requirements(
        terms=_terms(rule, base.terms),
        approval=_approval(approval, environment) if approval else base.approval,
        break_glass=BreakGlassTerms(broken.who, broken.review_by, broken.review_within)
        if broken
        else None,
    )


def _terms(rule: Rule, base: Terms) -> Terms:
    duration, asked, ticket = (
        rule.require.duration,
        rule.require.justification,
        rule.require.ticket,
    )
    longest = min(base.max_minutes, (duration and duration.max) or base.max_minutes)
    offered = (duration and duration.default) or base.default_minutes
    more = (Criterion(asked.pattern, asked.hint),) if asked else ()
    return Terms(
        rule=rule.name,
        max_minutes=longest,
        default_minutes=min(offered, longest),
        justifications=(*base.justifications, *more),
        ticket=TicketRule(ticket.label, (ticket.pattern,), ticket.url) if ticket else None,
    )


def _approval(approval: Approval, environment: Environment) -> ApprovalTerms:
    limit = approval.answer_within or environment.answer_within
    remind, escalate = approval.remind_after, approval.escalate
    return ApprovalTerms(
        answer_within=limit,
        stages=tuple(ApprovalStage(stage.approvers, stage.count) for stage in approval.stages),
        # Later than the end of the request, they would never happen; `late_steps` warns of it.
        remind_after=remind if remind and remind < limit else None,
        escalation=EscalationStep(escalate.after, escalate.to)
        if escalate and escalate.after < limit
        else None,
    )


def combined(parts: Sequence[Requirements]) -> Terms:
    """Return terms that meet all others: the smallest maximum, every pattern, one ticket that fits all.

    `rule` names the strictest. At least one part is required.
    """
    terms = [part.terms for part in parts]
    longest = min(one.max_minutes for one in terms)
    return Terms(
        rule=strictest(parts).rule,
        max_minutes=longest,
        default_minutes=min(longest, *(one.default_minutes for one in terms)),
        justifications=tuple(
            dict.fromkeys(criterion for one in terms for criterion in one.justifications)
        ),
        ticket=_ticket([one.ticket for one in terms if one.ticket]),
    )


def strictest(parts: Iterable[Requirements]) -> Requirements:
    """Return the part that asks for most: approvals, then time, ticket and patterns; the first of equals."""
    return max(parts, key=_strictness)


def _strictness(part: Requirements) -> tuple[bool, int, int, bool, int, bool]:
    stages = part.approval.stages if part.approval else ()
    return (
        part.needs_approval,
        sum(stage.count for stage in stages),
        -part.terms.max_minutes,
        part.terms.ticket is not None,
        len(part.terms.justifications),
        bool(part.rule),
    )


def _ticket(tickets: list[TicketRule]) -> TicketRule | None:
    if not tickets:
        return None
    return TicketRule(
        label=", ".join(dict.fromkeys(one.label for one in tickets)),
        patterns=tuple(dict.fromkeys(pattern for one in tickets for pattern in one.patterns)),
        url=next((one.url for one in tickets if one.url), None),
    )
