"""Which rows belong to a pack: those of a period and, if one is named, of a project."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Max, Min, Q, QuerySet
from django.db.models.functions import Coalesce

from activations.domain.periods import Days
from activations.exports.access import Access, Window, access_rows, accesses
from activations.exports.access_ends import HELD, LONGEST
from activations.exports.snapshot import AT_ONCE
from activations.models import EligibleMember, Event, Grant, Request
from activations.reporting.eligible_members import on_nodes
from eligibility.index.served import latest
from eligibility.models import IndexedNode
from policies.models import PolicyProposal, ProposalState

# Numbers of the first and the last event.
Ends = tuple[int, int]
MARGIN, LARGEST_MARGIN = timedelta(days=31), timedelta(days=500)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a pack is about; without a project, all of them. With a campaign, this access review alone."""

    days: Days
    project_id: str = ""
    campaign: int | None = None
    campaign_name: str = ""

    @property
    def start(self) -> datetime:
        return self.days.start

    @property
    def end(self) -> datetime:
        return self.days.end

    def shows(self, event: Event) -> bool:
        """Whether a pack contains this event's content, not only its place in the chain."""
        if self.campaign is not None:
            return bool(event.details.get("campaign") == self.campaign)
        return not self.project_id or event.project_id in {"", self.project_id}


def grants_held(wanted: Wanted) -> QuerySet[Grant]:
    """Return the grants that gave access at any time in the period."""
    return _lasting(wanted).filter(state__in=HELD)


def _lasting(wanted: Wanted) -> QuerySet[Grant]:
    """Return the grants that lasted, or would have lasted, into the period."""
    grants = Grant.objects.filter(start_time__lt=wanted.end)
    grants = grants.alias(over=Coalesce("ended_at", "end_time")).filter(over__gt=wanted.start)
    return grants.filter(project_id=wanted.project_id) if wanted.project_id else grants


def requests_of(wanted: Wanted, *, also: Iterable[UUID]) -> QuerySet[Request]:
    """Return the requests that were made, or whose grants lasted, in the period; and `also` these."""
    asked = Q(requested_at__gte=wanted.start, requested_at__lt=wanted.end)
    if wanted.project_id:
        asked &= Q(project_id=wanted.project_id)
    lasting = Q(pk__in=_lasting(wanted).values("request_id"))
    return Request.objects.filter(asked | lasting | Q(pk__in=list(also)))


def held_rows(wanted: Wanted, *, as_of: datetime) -> tuple[QuerySet[Grant], set[UUID]]:
    """Return the grants of all accesses in the period, and the requests of those whose own grants lie outside of it.

    Does not read the whole history: looks beyond the period until no access reaches to where it looked, because
    extensions can be many.
    """
    selected, margin = grants_held(wanted), MARGIN
    # A binding that was adopted may have begun long before.
    begun = selected.aggregate(first=Min("start_time"))["first"] or wanted.start
    first = min(begun, wanted.start)
    while margin <= LARGEST_MARGIN:
        within = (_shifted(first, -margin), _shifted(wanted.end, margin))
        rows = access_rows(selected, within=within)
        also = _requests_outside(rows, wanted, within, as_of)
        if also is not None:
            return rows, also
        margin *= 4
    rows = access_rows(selected)
    return rows, _requests_outside(rows, wanted, None, as_of) or set()


def _requests_outside(
    rows: QuerySet[Grant], wanted: Wanted, within: Window | None, as_of: datetime
) -> set[UUID] | None:
    """Return the requests of an access before and after the period; None when the window may be too small."""
    also: set[UUID] = set()
    for access in accesses(rows.iterator(chunk_size=AT_ONCE), as_of):
        if within and _reaches(access, within, as_of):
            return None
        for grant in access.grants:
            end = grant.ended_at or grant.end_time
            if not (grant.start_time < wanted.end and end > wanted.start):
                also.add(grant.request_id)
    return also


def _reaches(access: Access, within: Window, as_of: datetime) -> bool:
    """Whether a grant outside of this window may belong to the access."""
    end = access.end or as_of
    return access.start < within[0] + LONGEST or within[1] <= end


def _shifted(moment: datetime, by: timedelta) -> datetime:
    """Return another moment, or the end of the calendar."""
    try:
        return moment + by
    except OverflowError:
        return moment


def events_of(
    wanted: Wanted, requests: QuerySet[Request], also: Ends | None = None
) -> QuerySet[Event]:
    """Return the part of the chain, without gaps, with the events of the period, of these requests, and `also` these."""
    inside = Event.objects.filter(at__gte=wanted.start, at__lt=wanted.end)
    related = Event.objects.filter(request__in=requests.values("pk"))
    ends = [
        rows.aggregate(first=Min("sequence"), last=Max("sequence")) for rows in (inside, related)
    ]
    known = [(end["first"], end["last"]) for end in ends if end["first"] is not None]
    return part_of_chain([*known, also] if also else known)


def part_of_chain(ends: Sequence[Ends]) -> QuerySet[Event]:
    """Return the events from the first to the last of these, without gaps."""
    if not ends:
        return Event.objects.none()
    first, last = min(end[0] for end in ends), max(end[1] for end in ends)
    return Event.objects.filter(sequence__gte=first, sequence__lte=last)


def changes_of(events: QuerySet[Event]) -> QuerySet[Event]:
    """Return the events that recorded how names in these were replaced by pseudonyms."""
    numbers = events.order_by().exclude(pseudonymized_by=None).values("pseudonymized_by")
    return Event.objects.filter(sequence__in=numbers)


def sealed(events: Iterable[Event], wanted: Wanted) -> Iterator[Event]:
    """Yield the events; those about something else without their content, so that the chain has no gap."""
    for event in events:
        if wanted.shows(event):
            yield event
        else:
            yield Event(
                sequence=event.sequence,
                at=event.at,
                details={},
                previous_hash=event.previous_hash,
                hash=event.hash,
            )


def eligible_of(wanted: Wanted) -> QuerySet[EligibleMember]:
    """Return who may activate what, by the latest complete refresh of the index; nothing without one."""
    refresh = latest()
    if refresh is None:
        return EligibleMember.objects.none()
    rows = EligibleMember.objects.filter(refresh=refresh).exclude(binding__activation_type="")
    if not wanted.project_id:
        return rows
    found = IndexedNode.objects.filter(refresh=refresh, project__project_id=wanted.project_id)
    return rows.filter(on_nodes(found.values_list("node", flat=True), refresh))


def proposals_of(wanted: Wanted) -> QuerySet[PolicyProposal]:
    """Return the access policies that were in force, proposed or decided in the period."""
    active = Q(state__in=[ProposalState.ACTIVE, ProposalState.REPLACED], decided_at__lt=wanted.end)
    in_force = active & (Q(replaced_at=None) | Q(replaced_at__gt=wanted.start))
    proposed = Q(proposed_at__gte=wanted.start, proposed_at__lt=wanted.end)
    decided = Q(decided_at__gte=wanted.start, decided_at__lt=wanted.end)
    return PolicyProposal.objects.filter(in_force | proposed | decided)
