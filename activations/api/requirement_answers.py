"""The shapes that say what the access policy requires of a role."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from activations.domain.request_details import JSON_NAME
from policies.rules.requirements import Requirements


@dataclass(frozen=True, slots=True)
class TicketRequired:
    """A ticket that the request must name; `pattern` is a regular expression of RE2 for the whole ticket."""

    label: str
    pattern: str


@dataclass(frozen=True, slots=True)
class JustificationRequired:
    """What the justification must look like, in addition to the environment's pattern.

    `pattern` is a regular expression of RE2 for the whole text.
    """

    pattern: str
    hint: str


@dataclass(frozen=True, slots=True)
class StageRequired:
    """A stage of approval: how many people out of `from` must approve."""

    approvers: tuple[str, ...] = field(metadata={JSON_NAME: "from"})
    count: int


@dataclass(frozen=True, slots=True)
class Required:
    """What is required of a role; `rule` is null where only the environment's values hold.

    Durations are in minutes. `approvals` are the stages of the rule; without them, the reviewers that the
    requester chooses approve. `breakGlass` is true when the caller may activate the role without approval in
    an emergency.
    """

    rule: str | None
    max_duration: int
    default_duration: int
    ticket: TicketRequired | None
    justification: JustificationRequired
    approvals: tuple[StageRequired, ...]
    break_glass: bool


def required(found: Requirements) -> dict[str, Any]:
    """Return the fields of :class:`Required` for one role."""
    terms, stages = found.terms, found.approval.stages if found.approval else ()
    ticket, justification = terms.ticket, terms.justifications[-1]
    return {
        "rule": terms.rule or None,
        "max_duration": terms.max_minutes,
        "default_duration": terms.default_minutes,
        "ticket": TicketRequired(ticket.label, ticket.patterns[0]) if ticket else None,
        "justification": JustificationRequired(justification.pattern, justification.hint),
        "approvals": tuple(StageRequired(one.approvers, one.count) for one in stages),
        "break_glass": found.break_glass is not None,
    }
