"""Several roles in one request, or a kept rule and the active one: all requirements together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from policies.rules.requirements import Requirements, Terms, TicketRule


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
