"""Rows of groups and their members; what writes must be called inside a transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from django.db.models import Q

from eligibility.group_members import Member
from eligibility.index.reading import text
from eligibility.index.writing import BATCH
from eligibility.models import (
    IncomingGroupMember,
    IndexedGroup,
    IndexedGroupMember,
    IndexedMember,
    Refresh,
)

_PREFIX = "group:"
_LONGEST_ADDRESS = 254
_LONGEST_WARNING = 500


def named_in_bindings(refresh: Refresh, *, after: str) -> list[str]:
    """Return the next addresses of groups that eligible bindings name, sorted."""
    members = (
        IndexedMember.objects.filter(
            refresh=refresh,
            member__startswith=_PREFIX,
            member__gt=f"{_PREFIX}{after}",
        )
        .exclude(binding__activation_type="")
        .order_by("member")
        .values_list("member", flat=True)
        .distinct()[:BATCH]
    )
    return [member.removeprefix(_PREFIX) for member in members]


def reach(refresh: Refresh, emails: Iterable[str]) -> None:
    """Note that these groups lie below an eligible binding."""
    wanted = sorted({email for email in emails if 0 < len(email) <= _LONGEST_ADDRESS})
    IndexedGroup.objects.bulk_create(
        [IndexedGroup(email=email) for email in wanted], batch_size=BATCH, ignore_conflicts=True
    )
    for start in range(0, len(wanted), BATCH):
        part = wanted[start : start + BATCH]
        IndexedGroup.objects.filter(email__in=part).update(reached_in=refresh.pk)


def to_expand(refresh: Refresh, *, limit: int) -> list[IndexedGroup]:
    """Return groups that were reached and whose own groups were not looked at yet."""
    reached = IndexedGroup.objects.filter(reached_in=refresh.pk)
    return list(
        reached.filter(Q(expanded_in=None) | Q(expanded_in__lt=refresh.pk)).order_by("pk")[:limit]
    )


def replace(
    refresh: Refresh, group: IndexedGroup, members: Sequence[Member], *, now: datetime
) -> None:
    """Store these members instead of those before."""
    _drop_members(group)
    rows = (_row(group, member) for member in members)
    IndexedGroupMember.objects.bulk_create(rows, batch_size=BATCH)
    _settle(refresh, group, read_at=now, is_readable=True, warning="")


def begin_large(group: IndexedGroup, members: Sequence[Member]) -> None:
    """Put the first page of a large group aside."""
    IncomingGroupMember.objects.filter(group=group).delete()
    add_incoming(group, members)


def add_incoming(group: IndexedGroup, members: Sequence[Member]) -> None:
    """Put another page of a large group aside."""
    IncomingGroupMember.objects.bulk_create(
        IncomingGroupMember(**_values(group, member)) for member in members
    )


def finish_large(refresh: Refresh, group: IndexedGroup, *, now: datetime) -> None:
    """Store the members that were put aside instead of those before."""
    _drop_members(group)
    for rows in _incoming(group):
        IndexedGroupMember.objects.bulk_create(
            IndexedGroupMember(
                group=group,
                email=row.email,
                type=row.type,
                status=row.status,
                account_id=row.account_id,
            )
            for row in rows
        )
    IncomingGroupMember.objects.filter(group=group).delete()
    _settle(refresh, group, read_at=now, is_readable=True, warning="")


def drop(refresh: Refresh, group: IndexedGroup, *, warning: str, now: datetime) -> None:
    """Note that a group cannot be read: nobody is eligible through it."""
    _drop_members(group)
    _settle(refresh, group, read_at=now, is_readable=False, warning=warning)


def keep(refresh: Refresh, group: IndexedGroup, *, warning: str) -> None:
    """Keep the members of the last reading; the next refresh tries again."""
    _settle(refresh, group, read_at=group.read_at, is_readable=group.is_readable, warning=warning)


def expand(refresh: Refresh, group: IndexedGroup) -> None:
    """Go on to the groups inside, as they are stored."""
    inside = IndexedGroupMember.objects.filter(group=group, type="GROUP")
    reach(refresh, inside.values_list("email", flat=True))
    IndexedGroup.objects.filter(pk=group.pk).update(expanded_in=refresh.pk)


def _settle(
    refresh: Refresh,
    group: IndexedGroup,
    *,
    read_at: datetime | None,
    is_readable: bool,
    warning: str,
) -> None:
    IndexedGroup.objects.filter(pk=group.pk).update(
        read_at=read_at, is_readable=is_readable, warning=text(warning, _LONGEST_WARNING)
    )
    expand(refresh, group)


def _drop_members(group: IndexedGroup) -> None:
    IndexedGroupMember.objects.filter(group=group).delete()


def _incoming(group: IndexedGroup) -> Iterator[list[IncomingGroupMember]]:
    last = 0
    while rows := list(
        IncomingGroupMember.objects.filter(group=group, pk__gt=last).order_by("pk")[:BATCH]
    ):
        yield rows
        last = rows[-1].pk


def _row(group: IndexedGroup, member: Member) -> IndexedGroupMember:
    return IndexedGroupMember(**_values(group, member))


def _values(group: IndexedGroup, member: Member) -> dict[str, object]:
    return {
        "group": group,
        "email": text(member.email.lower(), _LONGEST_ADDRESS),
        "type": text(member.type, 16),
        "status": text(member.status, 32),
        "account_id": text(member.id, 64),
    }
