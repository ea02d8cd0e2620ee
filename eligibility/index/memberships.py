"""Finds the groups around an address in the index, through any nesting."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.db import connection

# UNION drops what was already found, so groups that contain each other end the search. PostgreSQL
# needs the same type on both sides of it.
_AROUND = """
WITH RECURSIVE around(email) AS (
  SELECT CAST(%s AS text)
  UNION
  SELECT CAST(g.email AS text)
  FROM around a
  JOIN eligibility_indexedgroupmember m ON m.email = a.email
  JOIN eligibility_indexedgroup g ON g.id = m.group_id
)
SELECT email FROM around
"""
_INSIDE = """
WITH RECURSIVE inside(email) AS (
  SELECT CAST(%s AS text)
  UNION
  SELECT CAST(m.email AS text)
  FROM inside i
  JOIN eligibility_indexedgroup g ON g.email = i.email
  JOIN eligibility_indexedgroupmember m ON m.group_id = g.id AND m.type = 'GROUP' AND m.email <> ''
)
SELECT email FROM inside
"""
_PEOPLE = """
WITH RECURSIVE inside(outermost, email) AS (
  SELECT CAST(email AS text), CAST(email AS text) FROM eligibility_indexedgroup WHERE email IN ({groups})
  UNION
  SELECT i.outermost, CAST(m.email AS text)
  FROM inside i
  JOIN eligibility_indexedgroup g ON g.email = i.email
  JOIN eligibility_indexedgroupmember m ON m.group_id = g.id AND m.email <> ''
)
SELECT outermost, email FROM inside
"""


def groups_around(address: str) -> set[str]:
    """Return the groups that contain a person or group, directly or not. Takes one query.

    People whose only way leads through a group that could not be read are missing.
    """
    return _found(_AROUND, address) - {address}


def groups_inside(group: str) -> set[str]:
    """Return the groups in a group, directly or not, and the group itself. Takes one query."""
    return _found(_INSIDE, group)


def people_inside(groups: Iterable[str]) -> dict[str, set[str]]:
    """Return the addresses in each group, directly or not, of people and of groups. Takes one query.

    Groups that the index does not know are missing.
    """
    wanted = sorted(set(groups))
    people: dict[str, set[str]] = defaultdict(set)
    if not wanted:
        return people
    with connection.cursor() as cursor:
        cursor.execute(_PEOPLE.format(groups=", ".join(["%s"] * len(wanted))), wanted)
        for outermost, email in cursor:
            people[outermost].add(email)
    return people


def _found(query: str, address: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(query, [address])
        return {email for (email,) in cursor.fetchall()}
