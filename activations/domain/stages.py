"""Approval in stages: which stage is open, what both rules demand of it, and whether enough people are left. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from policies.document.words import PEERS
from policies.rules.requirements import ApprovalStage, ApprovalTerms

# So many people are told that a stage was opened, when the requester chose nobody.
MOST_NOTIFIED = 50

Among = Callable[[str], bool]


class NotCovered(Exception):
    """The active policy demands a stage that the kept rule does not have; `stage` counts from 1."""

    def __init__(self, stage: int) -> None:
        super().__init__(stage)
        self.stage = stage


@dataclass(frozen=True, slots=True)
class Approval:
    """One approval; void when its giver lost the right to approve."""

    person: str
    stage: int
    is_void: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """How many approvals each stage needs and has, in the order of the stages."""

    needed: tuple[int, ...]
    given: tuple[int, ...]

    @property
    def open(self) -> int:
        """The first stage that lacks approvals, counted from 1; 0 when all are complete."""
        pairs = enumerate(zip(self.needed, self.given, strict=True), start=1)
        return next((number for number, (needed, given) in pairs if given < needed), 0)

    @property
    def is_complete(self) -> bool:
        return not self.open

    @property
    def missing(self) -> tuple[int, ...]:
        """How many approvals each stage lacks."""
        return tuple(max(n - g, 0) for n, g in zip(self.needed, self.given, strict=True))


def progress(stages: Sequence[ApprovalStage], approvals: Iterable[Approval]) -> Progress:
    """Return the progress of a request. A person counts once in all stages, void approvals never."""
    given = [0] * len(stages)
    people: set[str] = set()
    for one in approvals:
        if one.is_void or one.person in people or not 1 <= one.stage <= len(stages):
            continue
        people.add(one.person)
        given[one.stage - 1] += 1
    return Progress(tuple(stage.count for stage in stages), tuple(given))


@dataclass(frozen=True, slots=True)
class Demand:
    """What a stage demands: approvals by `count` people who are in every one of these lists."""

    count: int
    lists: tuple[tuple[str, ...], ...]

    def admits(self, is_among: Among) -> bool:
        """Return whether a person may approve; `is_among` says so of one principal or of `peers`."""
        return all(any(is_among(one) for one in named) for named in self.lists)

    @property
    def names_peers(self) -> bool:
        return any(PEERS in named for named in self.lists)


def demands(
    kept: ApprovalTerms,
    active: ApprovalTerms | None,
    *,
    escalated: Collection[int] = (),
    open_for: int | None = None,
) -> tuple[Demand, ...]:
    """Return what each stage of the kept rule demands, together with the active rule.

    Each active stage tightens the first kept stage, in order, that needs as many approvals and shares an
    approver with it. Without active stages, the kept ones stand alone. In the `escalated` stages, counted from
    1, those to whom either rule escalates count as approvers of that rule. Stages are escalated at the time of
    the kept rule. With `open_for`, the minutes since the opening, those of the active rule count from its own time.

    :raises NotCovered: when an active stage has no such kept stage.
    """
    found = [
        Demand(one.count, (_approvers(one, kept, is_escalated=number in escalated),))
        for number, one in enumerate(kept.stages, start=1)
    ]
    begin = 0
    for number, stage in enumerate(active.stages if active else (), start=1):
        place = _covering(kept.stages, stage, begin)
        if place is None or active is None:
            raise NotCovered(number)
        is_due = open_for is None or _escalates_within(active, open_for)
        named = _approvers(stage, active, is_escalated=is_due and place + 1 in escalated)
        lists = (*found[place].lists, named)
        found[place] = replace(found[place], lists=tuple(dict.fromkeys(lists)))
        begin = place + 1
    return tuple(found)


def _covering(kept: Sequence[ApprovalStage], stage: ApprovalStage, begin: int) -> int | None:
    for place in range(begin, len(kept)):
        shared = set(kept[place].approvers) & set(stage.approvers)
        if shared and kept[place].count >= stage.count:
            return place
    return None


def _escalates_within(terms: ApprovalTerms, minutes: int) -> bool:
    return terms.escalation is not None and terms.escalation.after <= minutes


def _approvers(
    stage: ApprovalStage, terms: ApprovalTerms, *, is_escalated: bool
) -> tuple[str, ...]:
    more = terms.escalation.to if is_escalated and terms.escalation else ()
    return tuple(dict.fromkeys((*stage.approvers, *more)))


def unfillable(missing: Sequence[int], candidates: Sequence[Collection[str]]) -> int:
    """Return the first stage that different people cannot fill together with those before it; 0 if all can.

    `missing` are approvals that each stage lacks, and `candidates` those who may still give one. A maximum
    matching of places and people: each place in turn takes a person, and those before it make room.
    """
    people = [sorted(names) for names in candidates]
    taken: dict[str, int] = {}
    places = [stage for stage, count in enumerate(missing) for _ in range(count)]
    for place, stage in enumerate(places):
        if not _seat(place, places, people, taken):
            return stage + 1
    return 0


def _seat(
    place: int, places: Sequence[int], people: Sequence[Sequence[str]], taken: dict[str, int]
) -> bool:
    """Find a person for this place along the shortest chain of changes. Return whether there is one."""
    came_from: dict[str, int] = {}
    waiting = [place]
    for current in waiting:
        for person in people[places[current]]:
            if person in came_from:
                continue
            came_from[person] = current
            if person not in taken:
                _reseat(person, place, came_from, taken)
                return True
            waiting.append(taken[person])
    return False


def _reseat(person: str, place: int, came_from: Mapping[str, int], taken: dict[str, int]) -> None:
    """Give the last place of the chain to a free person, and move the others along it."""
    holders = {held: one for one, held in taken.items()}
    while True:
        current = came_from[person]
        taken[person] = current
        if current == place:
            return
        person = holders[current]


def granted_minutes(asked: int, approved: Iterable[int | None]) -> int:
    """Return the smallest of what was asked and approved; None stands for what was asked."""
    return min([asked, *(minutes for minutes in approved if minutes is not None)])
