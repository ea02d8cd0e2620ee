"""When eligibility was last used: compares grants with the bindings of the eligibility index.

**A use** of an eligible binding by one of its members is a grant that started and did not fail,

* of a person who is the member, or is in the group that is the member, through any nesting;
* with the role and the resource condition of the binding, because another condition is another eligible role;
* on a project on which the binding acts.

A grant belongs to the account of its request, under the address that the account has now; if the account is
unknown or has lost its address, under the address on the grant. Groups and projects are those of the index, so
people who have left a group since do not count, and the activation type does not matter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from activations.domain.states import GrantState
from activations.models import Address, EligibleMember
from eligibility.index.memberships import people_inside

# Whose grant it is. Only an address that has moved needs the account of the request; that saves most look-ups.
_HOLDER = """
CASE WHEN g.beneficiary_email IN (SELECT email FROM activations_address WHERE until IS NOT NULL)
THEN COALESCE(
  (SELECT held.email
   FROM activations_request r
   JOIN activations_address held ON held.person_id = r.beneficiary_id AND held.until IS NULL
   WHERE r.id = g.request_id),
  g.beneficiary_email)
ELSE g.beneficiary_email END
"""
# CROSS JOIN keeps SQLite's order of the tables: first the grants, which are few.
_USES = """
SELECT {holder}, g.role, g.resource_condition, x.node, MAX(g.start_time)
FROM activations_grant g
CROSS JOIN eligibility_indexedproject p
CROSS JOIN eligibility_indexednode x
WHERE {wanted} AND g.start_time <= %s AND g.state <> %s
  AND p.refresh_id = %s AND p.project_id = g.project_id AND x.project_id = p.id
  AND EXISTS (
    SELECT 1 FROM eligibility_indexedbinding b
    WHERE b.refresh_id = p.refresh_id AND b.node = x.node AND b.role = g.role
      AND b.resource_condition = g.resource_condition)
GROUP BY 1, 2, 3, 4
"""

Role = tuple[str, str, str]
"""A role, its resource condition, and the node with the binding."""


@dataclass(frozen=True, slots=True)
class _Uses:
    """When each person last used each role, by the nodes that act on the project."""

    at: Mapping[Role, Mapping[str, datetime]]

    def last(self, role: Role, people: Iterable[str]) -> datetime | None:
        by_person = self.at.get(role)
        if not by_person:
            return None
        return max((by_person[one] for one in people if one in by_person), default=None)


def last_uses(rows: Sequence[EligibleMember], *, until: datetime) -> dict[int, datetime]:
    """Return by row id when each of these members of one refresh last used it, until a moment, inclusive.

    Rows that were never used are missing. Takes three queries, whose time grows with the people in the groups.
    """
    people = _people(rows)
    addresses = _addresses({one for found in people.values() for one in found})
    if not addresses:
        return {}
    roles, nodes = ({getattr(row.binding, name) for row in rows} for name in ("role", "node"))
    wanted = " AND ".join(
        f"{column} IN ({', '.join(['%s'] * len(values))})"
        for column, values in (
            ("g.beneficiary_email", addresses),
            ("g.role", roles),
            ("x.node", nodes),
        )
    )
    uses = _uses(wanted, [*addresses, *roles, *nodes], until=until, refresh=rows[0].refresh_id)
    return _last(rows, people, uses)


def used_since(since: datetime, *, until: datetime, refresh: int) -> set[int]:
    """Return the ids of members of a refresh with a use after `since` and until `until`, inclusive.

    Takes three queries, whose time and memory grow with the different uses in the period.
    """
    uses = _uses("g.start_time > %s", [_moment(since)], until=until, refresh=refresh)
    roles = sorted({role for role, _, _ in uses.at})
    rows = EligibleMember.objects.filter(refresh=refresh, binding__role__in=roles)
    used = [row for row in rows.select_related("binding") if _role_of(row) in uses.at]
    return set(_last(used, _people(used), uses))


def _last(
    rows: Iterable[EligibleMember], people: Mapping[str, Iterable[str]], uses: _Uses
) -> dict[int, datetime]:
    found = ((row.pk, uses.last(_role_of(row), people.get(row.member, ()))) for row in rows)
    return {key: at for key, at in found if at is not None}


def _role_of(row: EligibleMember) -> Role:
    return row.binding.role, row.binding.resource_condition, row.binding.node


def _people(rows: Iterable[EligibleMember]) -> dict[str, set[str]]:
    """Return the people who are, or are in, each member; members of other kinds are missing."""
    members = {row.member: row for row in rows}
    inside = people_inside(row.address for row in members.values() if row.kind == "group")
    people = {f"group:{group}": found for group, found in inside.items()}
    return people | {one: {row.address} for one, row in members.items() if row.kind == "user"}


def _addresses(people: set[str]) -> set[str]:
    """Return the addresses under which grants of these people may be recorded: present and former ones."""
    accounts = Address.objects.filter(email__in=people, until=None).values("person")
    former = Address.objects.filter(person__in=accounts).exclude(until=None)
    return people.union(former.values_list("email", flat=True)) if people else people


def _uses(wanted: str, values: Iterable[Any], *, until: datetime, refresh: int) -> _Uses:
    at: dict[Role, dict[str, datetime]] = defaultdict(dict)
    query = _USES.format(holder=_HOLDER, wanted=wanted)
    with connection.cursor() as cursor:
        cursor.execute(query, [*values, _moment(until), GrantState.FAILED.value, refresh])
        for person, role, condition, node, start in cursor:
            at[role, condition, node][person] = _read(start)
    return _Uses(at)


def _moment(at: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(at)


def _read(at: datetime | str) -> datetime:
    # SQLite returns what it stores: text in UTC.
    return datetime.fromisoformat(at).replace(tzinfo=UTC) if isinstance(at, str) else at
