"""When eligibility was last used: compares grants with the bindings of the eligibility index.

**A use** of an eligible binding by one of its members is a grant that started, and neither failed nor was withdrawn,

* of a person who is the member, or is in the group that is the member, through any nesting;
* with the role and the resource condition of the binding, because another condition is another eligible role;
* on a project on which the binding acts.

A grant belongs to the account of its request, under the address that the account has now; if the account is
unknown or has lost its address, under the address on the grant. Groups and projects are those of the index, so
people who have left a group since do not count, and the activation type does not matter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from django.db import connection
from django.db.models import Count

from activations.domain.states import NEVER_ACTIVE
from activations.models import Address, EligibleMember
from eligibility.index.memberships import people_inside
from eligibility.models import IndexedNode

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
# The latest use of one person: their grants of the role from the newest, up to the first that is on a project below the node.
_BY_PERSON = """
WITH wanted(address, person, role, resource_condition, node) AS (VALUES {wanted})
SELECT w.person, w.role, w.resource_condition, w.node, (
  SELECT g.start_time
  FROM activations_grant g
  JOIN eligibility_indexedproject p ON p.refresh_id = %s AND p.project_id = g.project_id
  JOIN eligibility_indexednode x
    ON x.refresh_id = p.refresh_id AND x.node = w.node AND x.project_id = p.id
  WHERE g.beneficiary_email = w.address AND g.role = w.role
    AND g.resource_condition = w.resource_condition
    AND g.start_time <= %s AND g.state NOT IN (%s, %s, %s) AND {holder} = w.person
  ORDER BY g.start_time DESC
  LIMIT 1)
FROM wanted w
"""
# CROSS JOIN keeps SQLite's order of the tables.
_BY_PROJECT = """
SELECT {holder}, g.role, g.resource_condition, x.node, MAX(g.start_time)
FROM eligibility_indexednode x
CROSS JOIN eligibility_indexedproject p
CROSS JOIN activations_grant g
WHERE x.refresh_id = %s AND x.node IN ({nodes}) AND p.id = x.project_id
  AND g.project_id = p.project_id AND g.start_time <= %s AND g.state NOT IN (%s, %s, %s)
  AND (g.role, g.resource_condition, x.node) IN (VALUES {wanted})
GROUP BY 1, 2, 3, 4
"""
_IN_PERIOD = """
SELECT DISTINCT {holder}, g.role, g.resource_condition, g.project_id
FROM activations_grant g
WHERE g.start_time > %s AND g.start_time <= %s AND g.state NOT IN (%s, %s, %s)
"""
# SQLite takes at most 32,766 parameters.
_MOST_LOOKUPS = 3000

Role = tuple[str, str, str]
"""A role, its resource condition, and the node with the binding."""
Use = tuple[str, str, str, str, Any]
"""Who used which `Role`, and when last, as the database returns it."""


def last_uses(rows: Sequence[EligibleMember], *, until: datetime) -> dict[int, datetime]:
    """Return by row id when each of these members of one refresh last used it, until a moment, inclusive.

    Rows that were never used are missing. Takes at most five queries. Their time grows with the people in the
    groups, and for each binding with those people or the grants on its projects, whichever is less.
    """
    if not rows:
        return {}
    refresh = rows[0].refresh_id
    people = _people(row.member for row in rows)
    by_person, by_project = _divided(rows, people, refresh)
    uses: dict[Role, dict[str, datetime]] = defaultdict(dict)
    for person, role, condition, node, start in chain(
        _by_person(by_person, refresh, until), _by_project(by_project, refresh, until)
    ):
        if start is not None:
            at, seen = _read(start), uses[role, condition, node]
            seen[person] = max(at, seen.get(person, at))
    found = {row.pk: _last(uses[_role_of(row)], people.get(row.member, set())) for row in rows}
    return {key: at for key, at in found.items() if at is not None}


def used_since(since: datetime, *, until: datetime, refresh: int) -> set[int]:
    """Return the ids of members of a refresh with a use after `since` and until `until`, inclusive.

    Takes four queries, whose time and memory grow with the different uses in the period.
    """
    uses = _in_period(since, until)
    rows = EligibleMember.objects.filter(
        refresh=refresh, binding__role__in=sorted({role for role, _ in uses})
    )
    columns = ("role", "resource_condition", "node")
    bound = list(rows.values_list("pk", "member", *(f"binding__{name}" for name in columns)))
    people = _people(member for _, member, *_ in bound)
    projects = _projects(refresh)
    users: dict[Role, set[str]] = {}
    used = set()
    for key, member, role, condition, node in bound:
        at = role, condition, node
        if at not in users:
            on = uses.get((role, condition), {})
            users[at] = set().union(*(on.get(project, ()) for project in projects[node]))
        if not users[at].isdisjoint(people.get(member, ())):
            used.add(key)
    return used


def _last(seen: Mapping[str, datetime], people: Set[str]) -> datetime | None:
    return max((seen[one] for one in seen.keys() & people), default=None)


def _role_of(row: EligibleMember) -> Role:
    return row.binding.role, row.binding.resource_condition, row.binding.node


def _people(members: Iterable[str]) -> dict[str, set[str]]:
    """Return the people who are, or are in, each member as bound; members of other kinds are missing."""
    addresses: dict[str, set[str]] = defaultdict(set)
    for member in members:
        kind, _, address = member.partition(":")
        addresses[kind].add(address)
    people = {f"user:{address}": {address} for address in addresses["user"]}
    inside = people_inside(addresses["group"])
    return people | {f"group:{group}": found for group, found in inside.items()}


def _divided(
    rows: Iterable[EligibleMember], people: Mapping[str, Set[str]], refresh: int
) -> tuple[set[tuple[str, Role]], set[Role]]:
    """Return what to look up by person, and what by project: whichever are fewer at the node of a binding."""
    members: dict[Role, set[str]] = defaultdict(set)
    for row in rows:
        members[_role_of(row)].update(people.get(row.member, ()))
    nodes = IndexedNode.objects.filter(refresh=refresh, node__in={node for _, _, node in members})
    sizes = dict(nodes.values_list("node").annotate(Count("pk")))
    by_person: set[tuple[str, Role]] = set()
    by_project = set()
    for role, found in members.items():
        size = sizes.get(role[-1], 0)
        if len(found) > size or len(by_person) + len(found) > _MOST_LOOKUPS:
            by_project.add(role)
        else:
            by_person |= {(one, role) for one in found}
    return by_person, by_project


def _by_person(wanted: Set[tuple[str, Role]], refresh: int, until: datetime) -> Iterator[Use]:
    former = _former_addresses({person for person, _ in wanted})
    values = [
        (address, person, *role)
        for person, role in sorted(wanted)
        for address in (person, *former.get(person, ()))
    ]
    if not values:
        return iter(())
    query = _BY_PERSON.format(wanted=_placeholders(values), holder=_HOLDER)
    return _found(query, *chain(*values), refresh, _moment(until), *NEVER_ACTIVE)


def _by_project(wanted: Set[Role], refresh: int, until: datetime) -> Iterator[Use]:
    if not wanted:
        return iter(())
    nodes = sorted({node for _, _, node in wanted})
    query = _BY_PROJECT.format(
        holder=_HOLDER, nodes=", ".join(["%s"] * len(nodes)), wanted=_placeholders(wanted)
    )
    values = [refresh, *nodes, _moment(until), *NEVER_ACTIVE, *chain(*wanted)]
    return _found(query, *values)


def _in_period(since: datetime, until: datetime) -> dict[tuple[str, str], dict[str, set[str]]]:
    """Return who used each role with its resource condition on each project."""
    uses: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    query = _IN_PERIOD.format(holder=_HOLDER)
    values = _moment(since), _moment(until), *NEVER_ACTIVE
    for person, role, condition, project in _found(query, *values):
        uses[role, condition][project].add(person)
    return uses


def _projects(refresh: int) -> Mapping[str, list[str]]:
    """Return the projects on which each node acts."""
    projects: dict[str, list[str]] = defaultdict(list)
    nodes = IndexedNode.objects.filter(refresh=refresh)
    for node, project in nodes.values_list("node", "project__project_id").iterator():
        projects[node].append(project)
    return projects


def _former_addresses(people: Set[str]) -> dict[str, list[str]]:
    """Return the former addresses of the accounts that have these addresses now."""
    former: dict[str, list[str]] = defaultdict(list)
    if people:
        moved = Address.objects.exclude(until=None).filter(
            person__addresses__until=None, person__addresses__email__in=people
        )
        for now, before in moved.values_list("person__addresses__email", "email"):
            former[now].append(before)
    return former


def _placeholders(rows: Collection[tuple[str, ...]]) -> str:
    return ", ".join(f"({', '.join(['%s'] * len(row))})" for row in rows)


def _found(query: str, *values: Any) -> Iterator[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        yield from cursor


def _moment(at: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(at)


def _read(at: datetime | str) -> datetime:
    # SQLite returns text, or a time without a zone if the column is known; both are in UTC.
    read = datetime.fromisoformat(at) if isinstance(at, str) else at
    return read if read.tzinfo else read.replace(tzinfo=UTC)
