"""Replaces the names of a person in all records by pseudonyms. The evidence stays verifiable."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models.functions import Greatest

from activations.domain.caller import Caller
from activations.domain.pseudonyms import Pseudonyms, is_pseudonym
from activations.domain.rules import Refusal, check_address, check_comment
from activations.evidence.pseudonymizing import (
    NotPseudonymized,
    Plan,
    carry_out,
    check_evidence,
    make_plan,
)
from activations.evidence.recording import Step, labels_of_event, record, recording
from activations.evidence.verification import recorded_head
from activations.models import Address, Event, Favorite
from activations.people.names import Names, SharedAddress, names_of
from activations.reporting.pseudonym_log import person_pseudonymized
from activations.services.pseudonymize_obstacles import obstacles_of, remains_of

Obstacles = Callable[[Names], list[str]]


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be replaced, what prevents it, and what would remain."""

    names: Names
    pseudonyms: Pseudonyms
    plan: Plan
    obstacles: list[str] = field(default_factory=list)
    remains: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether no row names the person."""
        return not self.plan.counts


def preview(*, email: str, now: datetime, others: Obstacles = lambda _: []) -> Preview:
    """Read all tables and say what would be replaced. Changes nothing.

    `others` returns what prevents it in apps above this one.

    :raises Refusal: when the address is invalid, or is a pseudonym.
    :raises NotPseudonymized: when another account had the same address, or the evidence is not valid.
    """
    address = check_address(email)
    if is_pseudonym(address):
        raise Refusal(f"{address} is a pseudonym. Enter the person's own address")
    head = recorded_head().sequence
    try:
        names = names_of(address)
    except SharedAddress as error:
        raise NotPseudonymized(str(error)) from error
    pseudonyms = names.pseudonyms()
    plan = make_plan(pseudonyms, head=head)
    obstacles = [*obstacles_of(names, now=now), *others(names)]
    check_evidence(plan)
    return Preview(names, pseudonyms, plan, obstacles, remains_of(names, plan))


def pseudonymize(
    *,
    found: Preview,
    comment: str,
    operator: Caller,
    now: datetime,
    others: Obstacles = lambda _: [],
) -> Event:
    """Replace what was found, all of it or nothing; return the event.

    :raises NotPseudonymized: when something prevents it, or was recorded about the person since the preview.
    """
    said = found.pseudonyms.in_text(check_comment(comment, required=False))
    with recording():
        if obstacles := [*obstacles_of(found.names, now=now), *others(found.names)]:
            raise NotPseudonymized(obstacles[0])
        if person := found.names.person:
            Favorite.objects.filter(user=person).delete()
            current = Address.objects.filter(person=person, until=None)
            current.update(until=Greatest("since", now))
        carry_out(found.plan, found.pseudonyms, now=now)
        event = record(
            Step(
                kind="person.pseudonymized",
                at=now,
                person=_first(found),
                actor=operator,
                comment=said,
                details={"pseudonyms": _all(found), "changed": found.plan.counts},
            )
        )
    person_pseudonymized(pseudonym=_first(found), by=operator.email, labels=labels_of_event(event))
    return event


def _first(found: Preview) -> str:
    return found.pseudonyms.of_names[found.names.addresses[0]]


def _all(found: Preview) -> list[str]:
    return sorted(found.pseudonyms.of_names.values())
