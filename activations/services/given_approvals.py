"""Whether those who approved may still approve, on facts that are read for a decision or a start."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from activations.domain.stages import Demand
from activations.models import Request, Review, User
from activations.people.addresses import is_taken
from activations.people.deputies import absent_reviewer
from activations.people.stops import stopped_among
from activations.services.candidates import part_in_stage
from eligibility.entitlements import ProjectRole
from eligibility.facts import Facts


def counted(reviews: Iterable[Review]) -> list[Review]:
    """Return those that are not void."""
    return [one for one in reviews if one.void_at is None]


def addresses_of_givers(reviews: Iterable[Review]) -> list[str]:
    """Return the present addresses of the people whose right these approvals used."""
    return [_giver(one).email for one in reviews]


def escalated_now(request: Request) -> frozenset[int]:
    """Return the open stage if it was escalated since it opened, and otherwise nothing."""
    return frozenset({request.stage} if request.escalated_at else ())


def escalated_ever(request: Request) -> frozenset[int]:
    """Return all stages that were escalated, also before they were opened again."""
    events = request.events.filter(kind="request.escalated")
    return frozenset(details["stage"] for details in events.values_list("details", flat=True))


def lost_approvals(
    reviews: Iterable[Review],
    demanded: Sequence[Demand],
    *,
    facts: Mapping[str, Facts],
    role: ProjectRole,
) -> tuple[Review, ...]:
    """Return the approvals whose givers may no longer approve in their stage.

    `facts` are those of `addresses_of_givers`.

    :raises FactsMissing, Undetermined: when that is not known.
    """
    return tuple(one for one in reviews if _is_lost(one, demanded, facts, role))


def _giver(review: Review) -> User:
    return absent_reviewer(review) or review.reviewer


def _is_lost(
    review: Review, demanded: Sequence[Demand], facts: Mapping[str, Facts], role: ProjectRole
) -> bool:
    giver, people = _giver(review), {review.reviewer, _giver(review)}
    if any(map(is_taken, people)) or stopped_among([one.email for one in people]):
        return True
    return part_in_stage(demanded[review.stage - 1], facts[giver.email], role) is None
