"""When the access ended to which a grant belongs: by itself, or with a later grant that continued it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from activations.domain.held import Span, uninterrupted
from activations.domain.states import GrantState, Status
from activations.exports.among import Among
from activations.models import Grant

Person = tuple[str, str]
Accesses = dict[Person, dict[UUID, Span[UUID]]]
# Grants that IAM has, or had; of one in provisioning, the result is not known.
HELD = (GrantState.ACTIVE, GrantState.ENDED)
OVER = Coalesce("ended_at", "end_time")
# ACTIVATION_TIMEOUT is a week at most, so no earlier grant can still last.
LONGEST = timedelta(days=8)


def actual_end(grant: Grant, as_of: datetime) -> datetime | None:
    """Return when access ended: as recorded, or by the condition itself; None while it is active."""
    over = grant.status(as_of) is Status.ENDED
    return grant.ended_at or (grant.end_time if over else None)


def whose(grant: Grant) -> Person:
    """Return who has the grant, for which role: accounts by their number, which survives a new address."""
    return _person(grant.request.beneficiary_id, grant.beneficiary_email, grant.role_key)


def _person(account: object, email: str, role_key: str) -> Person:
    return (f"#{account}" if account else email, role_key)


def fill_in_access_ends(grants: Iterable[Grant], as_of: datetime) -> None:
    """Fill in what `access_end_of` returns, for many grants that start near each other."""
    held = {grant.pk: grant for grant in grants if grant.state in HELD}
    if not held:
        return
    accesses: Accesses = defaultdict(dict)
    for key, grant in held.items():
        accesses[whose(grant)][key] = Span(grant.start_time, actual_end(grant, as_of), key)
    ends = _ends(accesses, held, as_of)
    for key, grant in held.items():
        grant.merged_end = ends[key]  # type: ignore[attr-defined]  # read below


def access_end_of(grant: Grant) -> datetime | None:
    """Return when the whole access ended; None while it is active, and for grants that never were."""
    found: datetime | None = getattr(grant, "merged_end", None)
    return found


def _ends(
    accesses: Accesses, wanted: Mapping[UUID, Grant], as_of: datetime
) -> dict[UUID, datetime | None]:
    """Read other grants of the same access until none continues it any more."""
    first = min(grant.start_time for grant in wanted.values())
    read_to = first - LONGEST
    while True:
        ends = {key: end for key, end in _merged(accesses) if key in wanted}
        reach = max(end or as_of for end in ends.values())
        if reach <= read_to:
            return ends
        _read(accesses, wanted.values(), after=(read_to, first), to=reach, as_of=as_of)
        read_to = reach


def _read(
    accesses: Accesses,
    grants: Collection[Grant],
    *,
    after: tuple[datetime, datetime],
    to: datetime,
    as_of: datetime,
) -> None:
    """Add the grants of these people and roles that start, and end, after these times, and start until `to`."""
    rows = Grant.objects.filter(
        of_same(grants), state__in=HELD, start_time__gt=after[0], start_time__lte=to
    )
    rows = rows.alias(over=OVER).filter(over__gte=after[1])
    for person, span in spans_of(rows, as_of):
        if person in accesses:
            accesses[person][span.of] = span


def of_same(grants: Collection[Grant]) -> Q:
    """Return the condition for all grants of the people, and of the roles, of these."""
    people = {grant.request.beneficiary_id for grant in grants} - {None}
    emails = {grant.beneficiary_email for grant in grants}
    mine = Q(Among(F("request__beneficiary_id"), people)) | Q(Among(F("beneficiary_email"), emails))
    return mine & Q(Among(F("role_key"), {grant.role_key for grant in grants}))


def spans_of(rows: QuerySet[Grant], as_of: datetime) -> Iterator[tuple[Person, Span[UUID]]]:
    """Yield whose each grant is, and from when to when it lasted; reads no more than that."""
    columns = ("pk", "role_key", "request__beneficiary_id", "beneficiary_email", "start_time")
    found = rows.annotate(ends=OVER).values_list(*columns, "ends")
    for key, role_key, account, email, start, over in found.iterator():
        yield (
            _person(account, email, role_key),
            Span(start, over if over <= as_of else None, key),
        )


def _merged(accesses: Accesses) -> Iterator[tuple[UUID, datetime | None]]:
    """Yield each grant with the end of the access that it is part of."""
    for spans in accesses.values():
        for access in uninterrupted(sorted(spans.values(), key=by_start)):
            for part in access.parts:
                yield part.of, access.end


def by_start(span: Span[UUID]) -> tuple[datetime, datetime]:
    """Return the place of a span; of two that start together, the one that ends first comes first."""
    return span.start, span.end or datetime.max.replace(tzinfo=UTC)
