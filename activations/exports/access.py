"""The export of access: one row per uninterrupted access of a person to a role, with all grants that it consists of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, groupby
from typing import Any

from django.db.models import BooleanField, Case, Exists, F, OuterRef, QuerySet, Value, When
from django.db.models.functions import Coalesce

from activations.domain.held import Span, uninterrupted
from activations.exports.access_ends import HELD, actual_end, whose
from activations.exports.columns import Column, Contents, Layout
from activations.exports.grants import ended_by
from activations.exports.last_event import last_event
from activations.exports.related import joined, relate, related
from activations.models import Grant


@dataclass(frozen=True, slots=True)
class Access:
    """One uninterrupted access; `grants` in the order of their starts, `last` is the one that ended last."""

    grants: tuple[Grant, ...]
    last: Grant
    start: datetime
    end: datetime | None

    @property
    def first(self) -> Grant:
        return self.grants[0]

    def each(self, read: Any) -> list[Any]:
        """Return a value of each grant, without those that are empty or occur before."""
        return joined(read(grant) for grant in self.grants)

    def of_all(self, read: Any) -> list[Any]:
        """Return the values of lists of all grants, in order, each once."""
        return joined(chain.from_iterable(read(grant) for grant in self.grants))

    def reason(self, as_of: datetime) -> str | None:
        return self.last.reason(as_of) if self.end else None


Window = tuple[datetime, datetime]


def access_rows(grants: QuerySet[Grant], *, within: Window | None = None) -> QuerySet[Grant]:
    """Return the grants from which `accesses` makes the rows, ordered by person, role and start.

    Contains all grants of every person and role of which one is selected, so that no access lacks its
    beginning or end; `is_selected` marks those that were. `within` leaves out grants that start outside of
    two moments, for callers who know that nothing is missing then.
    """
    selected = grants.order_by()
    is_all = not selected.query.where
    mark: Any = Value(value=True, output_field=BooleanField())
    rows = Grant.objects.filter(state__in=HELD)
    if within:
        rows = rows.filter(start_time__gte=within[0], start_time__lte=within[1])
    if not is_all:
        mark = Exists(selected.filter(pk=OuterRef("pk")))
        rows = rows.filter(role_key__in=selected.values("role_key"))
    ordered = in_order(rows.annotate(is_selected=mark, **last_event("grant")))
    return ordered.select_related("request__beneficiary", "request__extends")


def in_order(grants: QuerySet[Grant]) -> QuerySet[Grant]:
    """Return the grants by person, role and start, as `uninterrupted` takes those of one person and role."""
    person = F("request__beneficiary").asc(nulls_last=True)
    # People whose account is not known are told apart by their address.
    address = Case(When(request__beneficiary=None, then=F("beneficiary_email")), default=Value(""))
    rows: Any = grants.annotate(own_address=address, over=Coalesce("ended_at", "end_time"))
    # An extension in the same second leaves nothing of the grant before it, which comes first.
    found: QuerySet[Grant] = rows.order_by(
        person, "own_address", "role_key", "start_time", "over", "id"
    )
    return found


def accesses(grants: Iterable[Grant], as_of: datetime) -> Iterator[Access]:
    """Yield the accesses of which a grant was selected; one access at a time is in memory."""
    there = (grant for grant in grants if grant.start_time <= as_of)
    for _, of_one in groupby(there, key=whose):
        spans = (Span(grant.start_time, actual_end(grant, as_of), grant) for grant in of_one)
        for found in uninterrupted(spans):
            if any(getattr(part.of, "is_selected", True) for part in found.parts):
                grants_of_it = tuple(part.of for part in found.parts)
                yield Access(grants_of_it, found.last.of, found.start, found.end)


def prepare_accesses(rows: Sequence[Access], _: datetime) -> None:
    """Fill in what the columns read about the requests."""
    relate(grant.request for row in rows for grant in row.grants)


def last_event_of(access: Access) -> Grant:
    """Return the grant whose last event is the latest."""
    return max(access.grants, key=lambda grant: getattr(grant, "last_event_sequence", 0) or 0)


def approvers(access: Access) -> list[str]:
    """Return who approved, each once; empty when all requests were self-approved."""
    return access.of_all(lambda g: related(g.request).approved_by)


ACCESS: Layout[Access] = Layout(
    "access",
    1,
    (
        Column("person_subject", "stable id", lambda a, _: a.last.request.beneficiary_subject),
        Column("person_email", "last address", lambda a, _: a.last.beneficiary_email),
        Column("project_id", "project", lambda a, _: a.first.project_id),
        Column("role", "role", lambda a, _: a.first.role),
        Column(
            "resource_condition", "empty: all resources", lambda a, _: a.first.resource_condition
        ),
        Column("start", "inclusive", lambda a, _: a.start),
        Column("end", "exclusive; empty while it is active", lambda a, _: a.end),
        Column("end_reason", "why it ended", lambda a, as_of: a.reason(as_of)),
        Column("ended_by", "who ended it early", lambda a, _: ended_by(a.last) if a.end else ""),
        Column("grants", "number of them", lambda a, _: len(a.grants)),
        Column("grant_ids", "all of them", lambda a, _: a.each(lambda g: g.pk)),
        Column("request_ids", "all of them", lambda a, _: a.each(lambda g: g.request_id)),
        Column(
            "justifications", "verbatim", lambda a, _: a.each(lambda g: g.request.justification)
        ),
        Column("tickets", "as typed", lambda a, _: a.each(lambda g: g.request.ticket)),
        Column("rules", "when granted", lambda a, _: a.each(lambda g: g.request.granted_rule)),
        Column(
            "activation_types", "JIT, MPA", lambda a, _: a.each(lambda g: g.request.activation_type)
        ),
        Column("approved_by", "empty: self-approved", lambda a, _: approvers(a)),
        Column(
            "approval_comments",
            "verbatim",
            lambda a, _: a.of_all(lambda g: related(g.request).approval_comments),
        ),
        Column(
            "break_glass",
            "whether any of it was an emergency",
            lambda a, _: any(grant.request.break_glass for grant in a.grants),
        ),
        Column(
            "event_sequence",
            "last event of its grants",
            lambda a, _: getattr(last_event_of(a), "last_event_sequence", None),
        ),
        Column(
            "event_hash",
            "of that event",
            lambda a, _: getattr(last_event_of(a), "last_event_hash", None),
        ),
    ),
    prepare=prepare_accesses,
)

ACCESS_CONTENTS = Contents(
    ACCESS,
    "Access: one row for each uninterrupted access, of all its grants",
    access_rows,
    accesses,
)
