"""When the access ended to which a grant belongs: by itself, or with a later grant that continued it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from activations.domain.held import Span, uninterrupted
from activations.domain.states import GrantState, Status
from activations.models import Grant

Person = tuple[str, str]
# Grants that IAM has, or had; of one in provisioning, the result is not known.
HELD = (GrantState.ACTIVE, GrantState.ENDED)
# ACTIVATION_TIMEOUT is a week at most, so no earlier grant can still last.
LONGEST = timedelta(days=8)


def actual_end(grant: Grant, as_of: datetime) -> datetime | None:
    """Return when access ended: as recorded, or by the condition itself; None while it is active."""
    over = grant.status(as_of) is Status.ENDED
    return grant.ended_at or (grant.end_time if over else None)


def whose(grant: Grant) -> Person:
    """Return who has the grant, for which role: accounts by their number, which survives a new address."""
    person = grant.request.beneficiary_id
    return (f"#{person}" if person else grant.beneficiary_email, grant.role_key)


def fill_in_access_ends(grants: Iterable[Grant], as_of: datetime) -> None:
    """Fill in what `access_end_of` returns, for many grants that start near each other."""
    known = {grant.pk: grant for grant in grants if grant.state in HELD}
    if not known:
        return
    ends = _ends(list(known.values()), as_of)
    for grant in known.values():
        grant.merged_end = ends.get(grant.pk)  # type: ignore[attr-defined]  # read below


def access_end_of(grant: Grant) -> datetime | None:
    """Return when the whole access ended; None while it is active, and for grants that never were."""
    found: datetime | None = getattr(grant, "merged_end", None)
    return found


def _ends(grants: list[Grant], as_of: datetime) -> dict[UUID, datetime | None]:
    """Read other grants of the same access until none continues it any more."""
    spans = {grant.pk: _span(grant, as_of) for grant in grants}
    first = min(span.start for span in spans.values())
    read_to = first - LONGEST
    while True:
        ends = _merged(spans.values())
        reach = max(end or as_of for end in ends.values())
        if reach <= read_to:
            return ends
        near = _same_access(grants).filter(start_time__gt=read_to, start_time__lte=reach)
        near = near.alias(over=Coalesce("ended_at", "end_time")).filter(over__gte=first)
        spans |= {one.pk: _span(one, as_of) for one in near.iterator()}
        read_to = reach


def _same_access(grants: Sequence[Grant]) -> QuerySet[Grant]:
    people = {grant.request.beneficiary_id for grant in grants} - {None}
    emails = {grant.beneficiary_email for grant in grants}
    mine = Q(request__beneficiary__in=people) | Q(beneficiary_email__in=emails)
    keys = {grant.role_key for grant in grants}
    held = Grant.objects.filter(mine, role_key__in=keys, state__in=HELD)
    return held.select_related("request")


def _span(grant: Grant, as_of: datetime) -> Span[Grant]:
    return Span(grant.start_time, actual_end(grant, as_of), grant)


def _merged(spans: Iterable[Span[Grant]]) -> dict[UUID, datetime | None]:
    by_access: dict[Person, list[Span[Grant]]] = defaultdict(list)
    for span in spans:
        by_access[whose(span.of)].append(span)
    ordered = (sorted(found, key=_order) for found in by_access.values())
    return {
        part.of.pk: access.end
        for access in chain.from_iterable(uninterrupted(found) for found in ordered)
        for part in access.parts
    }


def _order(span: Span[Grant]) -> tuple[datetime, datetime]:
    """Return the place of a span; of two that start together, the one that ends first comes first."""
    return span.start, span.end or datetime.max.replace(tzinfo=UTC)
