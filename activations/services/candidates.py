"""Determines who may approve in the stages of a rule: expanded before a stage opens, and checked at each decision."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from activations.domain.stages import Demand, unfillable
from activations.domain.states import ReviewerPart
from activations.models import Request, Review, User
from activations.people.deputies import absent_reviewer
from activations.people.reviewers import others_among
from activations.people.stops import stopped_among
from eligibility import providers
from eligibility.compiled import Compiled, key
from eligibility.entitlements import ProjectRole
from eligibility.facts import Facts
from eligibility.judgement import Undetermined, groups_of_peers, markers_of, peers_of
from eligibility.membership import BOTH_TYPES
from eligibility.people import People
from policies.document.words import PEERS
from policies.rules.facts import FactsMissing

Parts = Mapping[str, ReviewerPart]


@dataclass(frozen=True, slots=True)
class Candidates:
    """Who may approve in each of the given stages, by address, and whether anybody may be missing."""

    stages: tuple[Parts, ...]
    is_complete: bool

    def unfillable(self, missing: Sequence[int]) -> int:
        """Return the place of the first stage that different people cannot fill, from 1; 0 if they can.

        :raises FactsMissing: instead, when people may be missing.
        """
        found = unfillable(missing, self.stages)
        if found and not self.is_complete:
            raise FactsMissing(
                "Some groups of approvers cannot be read, so it is not known whether enough people"
                " can approve"
            )
        return found


def candidates(
    demands: Sequence[Demand],
    *,
    facts: Facts,
    role: ProjectRole,
    requester: User,
    reviewed: Sequence[Review] = (),
) -> Candidates:
    """Return who may approve in each of these stages, without the requester and those who reviewed before.

    `facts` are the requester's, with all bindings of the role. Service accounts, inactive accounts,
    stopped people and other addresses of the same people are no candidates.

    :raises FactsMissing: when a group that a stage names cannot be read.
    :raises googlecloud.errors.GoogleCloudError: when Google fails.
    """
    named = {one for demand in demands for names in demand.lists for one in names}
    groups = sorted(one.removeprefix("group:").lower() for one in named if one.startswith("group:"))
    of_peers = groups_of_peers(facts, role, types=BOTH_TYPES) if PEERS in named else ()
    members = providers.group_members().people([*groups, *of_peers])
    if unread := members.unread.intersection(groups):
        raise FactsMissing(
            f"The members of {', '.join(sorted(unread))} cannot be read, so it is not known who may"
            " approve"
        )
    found = _expanded(named, facts, role, members)
    able = able_to_review(
        frozenset().union(*found.values()), requester, reviewed=reviewed, members=members
    )
    stages = tuple(_stage(demand, found, able) for demand in demands)
    return Candidates(stages, not members.unread)


def people_behind(principal: str, members: People) -> frozenset[str]:
    """Return the addresses behind `user:…` or `group:…`."""
    kind, _, address = principal.lower().partition(":")
    return members.of.get(address, frozenset()) if kind == "group" else frozenset({address})


def _expanded(
    named: Collection[str], facts: Facts, role: ProjectRole, members: People
) -> dict[str, frozenset[str]]:
    """Return the people behind each principal and behind `peers`."""
    found = {one: people_behind(one, members) for one in named}
    if PEERS in named:
        peers = peers_of(facts, role, lambda _: members, types=BOTH_TYPES)
        found[PEERS] = frozenset(peers.emails)
    return found


def able_to_review(
    addresses: Collection[str], requester: User, *, reviewed: Sequence[Review], members: People
) -> set[str]:
    """Return those of the addresses whose people may still review: others, active and not stopped."""
    able = others_among(addresses, requester, members)
    for review in reviewed:
        for person in filter(None, (review.reviewer, absent_reviewer(review))):
            able &= others_among(able, person, members)
    return able - stopped_among(able)


def _stage(demand: Demand, found: Mapping[str, frozenset[str]], able: set[str]) -> Parts:
    lists = [frozenset().union(*(found[one] for one in names)) for names in demand.lists]
    people = able.intersection(*lists)
    peers = found.get(PEERS, frozenset()) if demand.names_peers else frozenset()
    return {email: _part(is_peer=email in peers) for email in sorted(people)}


def _part(*, is_peer: bool) -> ReviewerPart:
    return ReviewerPart.PEER if is_peer else ReviewerPart.APPROVER


def part_in_stage(demand: Demand, facts: Facts, role: ProjectRole) -> ReviewerPart | None:
    """Return the part in which this person may approve in a stage, according to live facts; None if not.

    :raises FactsMissing, Undetermined: when it depends on groups or bindings that could not be read.
    """
    is_peer = demand.names_peers and bool(markers_of(facts, role))

    def is_among(principal: str) -> bool:
        return is_peer if principal == PEERS else principal.lower() in facts.principals.ways

    if demand.admits(is_among):
        return _part(is_peer=is_peer)
    if demand.names_peers and not is_peer and not facts.is_complete:
        raise Undetermined(facts.user, role, BOTH_TYPES[-1])
    if facts.principals.warnings and any(
        one.startswith("group:") for names in demand.lists for one in names
    ):
        raise FactsMissing(
            f"The groups of {facts.user} cannot be read, so it is not known whether they may approve"
        )
    return None


def standing(request: Request) -> list[Review]:
    """Return the reviews of a request, first to last, with their reviewers; reads them again."""
    return _STANDING.rows(request=request.pk)


_STANDING = Compiled(
    lambda: Review.objects.filter(request=key("request")).select_related("reviewer").order_by("pk")
)
