"""Checks what somebody asks for against what is required."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from policies.patterns import matches
from policies.rules.facts import RoleFacts, is_among
from policies.rules.requirements import Requirements, Terms

LATEST_START = timedelta(days=7)
LONGEST_TICKET = 200
SHORTEST_BREAK_GLASS = 20


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for. Justification and ticket on one line, as they were normalized.

    `start` is None for now; a start in the past means now as well.
    """

    minutes: int
    justification: str
    ticket: str = ""
    start: datetime | None = None


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a wish is refused; `field` is duration, justification, ticket, start or breakGlass."""

    field: str
    text: str


def objections(wish: Wish, terms: Terms, *, now: datetime) -> tuple[Objection, ...]:
    """Return everything that is not allowed about a wish, with the hints of the rule; empty when it is."""
    return (
        *_of_duration(wish.minutes, terms),
        *_of_justification(wish.justification, terms),
        *_of_ticket(wish.ticket, terms),
        *_of_start(wish.start, now),
    )


def break_glass_objections(
    justification: str, requirements: Requirements, facts: RoleFacts
) -> tuple[Objection, ...]:
    """Return why somebody may not skip the approval of a role; empty when they may.

    :raises FactsMissing: when that depends on groups that were not read.
    """
    allowed = requirements.break_glass
    if allowed is None:
        return (Objection("breakGlass", f"{facts.role} has no break-glass access"),)
    if not is_among(facts, allowed.who):
        text = f"You are not among those who may use break-glass access to {facts.role}"
        return (Objection("breakGlass", text),)
    if len(justification) < SHORTEST_BREAK_GLASS:
        text = f"Describe the emergency in at least {SHORTEST_BREAK_GLASS} characters"
        return (Objection("justification", text),)
    return ()


def _of_duration(minutes: int, terms: Terms) -> Iterator[Objection]:
    if minutes <= 0:
        yield Objection("duration", "The duration must be positive")
    if minutes > terms.max_minutes:
        yield Objection(
            "duration",
            f"The activation duration must be no longer than {terms.max_minutes} minutes",
        )


def _of_justification(justification: str, terms: Terms) -> Iterator[Objection]:
    for hint in dict.fromkeys(
        one.hint for one in terms.justifications if not matches(one.pattern, justification)
    ):
        yield Objection("justification", f"Justification does not meet criteria: {hint}")


def _of_ticket(ticket: str, terms: Terms) -> Iterator[Objection]:
    wanted = terms.ticket
    if wanted is None:
        return
    if not ticket:
        yield Objection("ticket", f"Enter a ticket: {wanted.label}")
    elif len(ticket) > LONGEST_TICKET:
        yield Objection("ticket", f"The ticket must have at most {LONGEST_TICKET} characters")
    elif missed := [one for one in wanted.patterns if not matches(one, ticket)]:
        yield Objection(
            "ticket", f"The ticket does not match {' and '.join(missed)}: {wanted.label}"
        )


def _of_start(start: datetime | None, now: datetime) -> Iterator[Objection]:
    if start is not None and start > now + LATEST_START:
        yield Objection("start", f"The start must be within the next {LATEST_START.days} days")
