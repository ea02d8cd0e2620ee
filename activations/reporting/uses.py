"""When eligibility was last used: compares grants with the bindings of the eligibility index.

**A use** of an eligible binding by one of its members is a grant that started and did not fail,

* of a person who is the member, or is in the group that is the member, through any nesting;
* with the role and the resource condition of the binding, because another condition is another eligible role;
* on a project on which the binding acts.

A grant belongs to the account of its request, under the address that the account has now; if the account is
unknown or has lost its address, under the address on the grant. Groups and projects are those of the index, so
people who have left a group since do not count, and the activation type does not matter.

`last_uses` and `used_since` look from different ends, because a page has few members and a period few grants.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from activations.domain.states import GrantState

# CROSS JOIN keeps SQLite's order of the tables, which begins with the few rows that are wanted.
# PostgreSQL needs equal types on both sides of UNION.
_LAST = """
WITH RECURSIVE asked AS (
  SELECT m.id, m.member, m.refresh_id, b.node, b.role, b.resource_condition
  FROM eligibility_indexedmember m JOIN eligibility_indexedbinding b ON b.id = m.binding_id
  WHERE m.id IN ({ids})
), inside(outermost, email) AS (
  SELECT DISTINCT CAST(member AS text), CAST(substr(member, 7) AS text) FROM asked WHERE member LIKE 'group:%%'
  UNION
  SELECT i.outermost, CAST(m.email AS text)
  FROM inside i
  JOIN eligibility_indexedgroup g ON g.email = i.email
  JOIN eligibility_indexedgroupmember m ON m.group_id = g.id AND m.email <> ''
), people(member, email) AS (
  SELECT DISTINCT CAST(member AS text), CAST(substr(member, 6) AS text) FROM asked WHERE member LIKE 'user:%%'
  UNION
  SELECT outermost, email FROM inside
), addresses(email, address) AS (
  SELECT email, email FROM people
  UNION
  SELECT p.email, CAST(every.email AS text)
  FROM people p
  JOIN activations_address own ON own.email = p.email AND own.until IS NULL
  JOIN activations_address every ON every.person_id = own.person_id
), uses AS MATERIALIZED (
  SELECT n.email, g.project_id, g.role, g.resource_condition, MAX(g.start_time) AS at
  FROM addresses n
  CROSS JOIN activations_grant g
  CROSS JOIN activations_request r
  LEFT JOIN activations_address held ON held.person_id = r.beneficiary_id AND held.until IS NULL
  WHERE g.beneficiary_email = n.address AND g.role IN (SELECT role FROM asked)
    AND g.start_time <= %s AND g.state <> %s
    AND r.id = g.request_id AND COALESCE(held.email, g.beneficiary_email) = n.email
  GROUP BY n.email, g.project_id, g.role, g.resource_condition
)
SELECT a.id, MAX(u.at)
FROM asked a
CROSS JOIN people n
CROSS JOIN uses u
CROSS JOIN eligibility_indexedproject p
CROSS JOIN eligibility_indexednode x
WHERE n.member = a.member
  AND u.email = n.email AND u.role = a.role AND u.resource_condition = a.resource_condition
  AND p.refresh_id = a.refresh_id AND p.project_id = u.project_id
  AND x.refresh_id = a.refresh_id AND x.node = a.node AND x.project_id = p.id
GROUP BY a.id
"""
# Only a moved address needs the account of the request, which saves most of the look-ups.
_USED = """
WITH RECURSIVE used(email, project_id, role, resource_condition) AS MATERIALIZED (
  SELECT DISTINCT
    CASE WHEN g.beneficiary_email IN (SELECT email FROM activations_address WHERE until IS NOT NULL)
    THEN COALESCE(
      (SELECT held.email
       FROM activations_request r
       JOIN activations_address held ON held.person_id = r.beneficiary_id AND held.until IS NULL
       WHERE r.id = g.request_id),
      g.beneficiary_email)
    ELSE g.beneficiary_email END,
    g.project_id, g.role, g.resource_condition
  FROM activations_grant g
  WHERE g.start_time > %s AND g.start_time <= %s AND g.state <> %s
), bound AS MATERIALIZED (
  SELECT m.id, m.member, b.node, b.role, b.resource_condition
  FROM eligibility_indexedmember m JOIN eligibility_indexedbinding b ON b.id = m.binding_id
  WHERE m.refresh_id = %s AND b.role IN (SELECT role FROM used)
), inside(outermost, email) AS (
  SELECT DISTINCT CAST(member AS text), CAST(substr(member, 7) AS text) FROM bound WHERE member LIKE 'group:%%'
  UNION
  SELECT i.outermost, CAST(m.email AS text)
  FROM inside i
  JOIN eligibility_indexedgroup g ON g.email = i.email
  JOIN eligibility_indexedgroupmember m ON m.group_id = g.id AND m.email <> ''
), bindings AS MATERIALIZED (
  SELECT DISTINCT node, role, resource_condition FROM bound
), uses(node, role, resource_condition, email) AS MATERIALIZED (
  SELECT DISTINCT x.node, u.role, u.resource_condition, CAST(u.email AS text)
  FROM used u
  CROSS JOIN eligibility_indexedproject p
  CROSS JOIN eligibility_indexednode x
  CROSS JOIN bindings b
  WHERE p.refresh_id = %s AND p.project_id = u.project_id AND x.project_id = p.id
    AND b.node = x.node AND b.role = u.role AND b.resource_condition = u.resource_condition
)
SELECT b.id FROM bound b
CROSS JOIN uses u
WHERE b.member LIKE 'user:%%'
  AND u.node = b.node AND u.role = b.role AND u.resource_condition = b.resource_condition
  AND u.email = substr(b.member, 6)
UNION
SELECT b.id FROM bound b
CROSS JOIN inside i
CROSS JOIN uses u
WHERE i.outermost = b.member
  AND u.node = b.node AND u.role = b.role AND u.resource_condition = b.resource_condition
  AND u.email = i.email
"""


def last_uses(ids: Iterable[int], *, until: datetime) -> dict[int, datetime]:
    """Return when each of these members of indexed bindings last used it, until a moment, inclusive.

    Members that never did are missing. Takes one query, whose time grows with the people in the groups.
    """
    wanted = list(ids)
    if not wanted:
        return {}
    query = _LAST.format(ids=", ".join(["%s"] * len(wanted)))
    with connection.cursor() as cursor:
        cursor.execute(query, [*wanted, _moment(until), GrantState.FAILED.value])
        return {key: _read(at) for key, at in cursor.fetchall()}


def used_since(since: datetime, *, until: datetime, refresh: int) -> set[int]:
    """Return the ids of members of a refresh with a use after `since` and until `until`, inclusive.

    Takes one query, whose time grows with the different uses in the period.
    """
    with connection.cursor() as cursor:
        period = [_moment(since), _moment(until), GrantState.FAILED.value]
        cursor.execute(_USED, [*period, refresh, refresh])
        return {key for (key,) in cursor.fetchall()}


def _moment(at: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(at)


def _read(at: datetime | str) -> datetime:
    # SQLite returns what it stores: text in UTC.
    return datetime.fromisoformat(at).replace(tzinfo=UTC) if isinstance(at, str) else at
