"""Groups of the index, as a refresh leaves them."""

from __future__ import annotations

from collections.abc import Iterable

from eligibility.models import IndexedGroup, IndexedGroupMember
from tests.eligibility.cases import NOON


def group(
    name: str,
    people: Iterable[str] = (),
    *,
    nested: Iterable[str] = (),
    suspended: Iterable[str] = (),
    everybody: bool = False,
    unreadable: str = "",
    is_read: bool = True,
) -> None:
    row = IndexedGroup.objects.create(
        email=f"{name}@example.com",
        read_at=NOON if is_read else None,
        is_readable=not unreadable,
        warning=unreadable,
    )
    rows = [
        *(("USER", f"{one}@example.com", "ACTIVE") for one in people),
        *(("USER", f"{one}@example.com", "SUSPENDED") for one in suspended),
        *(("GROUP", f"{one}@example.com", "") for one in nested),
        *([("CUSTOMER", "", "")] if everybody else []),
    ]
    IndexedGroupMember.objects.bulk_create(
        IndexedGroupMember(group=row, type=kind, email=email, status=status)
        for kind, email, status in rows
    )
