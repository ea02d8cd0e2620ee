"""What reviewers should know about the requester before they decide: what they hold, and what they asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q

from activations.domain.states import GrantState
from activations.models import Grant, Request
from activations.people.access_facts import held_by

LOOKED_BACK = timedelta(days=90)
STARTED = (GrantState.ACTIVE, GrantState.ENDED)


@dataclass(frozen=True, slots=True)
class Held:
    """Active access to a role on the project of the request."""

    role: str
    resource_condition: str
    until: datetime


@dataclass(frozen=True, slots=True)
class RequesterRecord:
    """What a person holds now, and how often they asked for this role on this project in the last 90 days.

    `elsewhere` counts active roles on other projects. The request itself is not counted.
    """

    here: tuple[Held, ...]
    elsewhere: int
    requested: int
    granted: int


def requester_record(request: Request, *, now: datetime) -> RequesterRecord:
    """Return the record of the person who made a request. Takes two queries.

    Empty for a request whose account is not known.
    """
    if request.beneficiary is None:
        return RequesterRecord((), 0, 0, 0)
    held = [group[0] for group in held_by(request.beneficiary, now=now)]
    here = [one for one in held if one.project_id == request.project_id]
    earlier = (
        Request.objects.of(request.beneficiary)
        .filter(project_id=request.project_id, requested_at__gte=now - LOOKED_BACK)
        .filter(_names_role(request))
        .exclude(pk=request.pk)
    )
    started = Grant.objects.filter(request=OuterRef("pk"), state__in=STARTED)
    counts = earlier.aggregate(requested=Count("pk"), granted=Count("pk", filter=Exists(started)))
    return RequesterRecord(
        tuple(Held(one.role, one.resource_condition, one.access_end) for one in here),
        len(held) - len(here),
        counts["requested"],
        counts["granted"],
    )


def _names_role(request: Request) -> Q:
    """Match requests for the same role; those without approval name it in their grants."""
    grants = Grant.objects.filter(request=OuterRef("pk"), role_key=request.role_key)
    return Q(role_key=request.role_key) | Q(Exists(grants))
