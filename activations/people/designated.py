"""The designated reviewers (`REVIEWERS`), who may review any request except their own."""

from __future__ import annotations

from django.conf import settings

from eligibility.facts import Facts
from eligibility.group_members import GroupMembers
from eligibility.people import People


def is_designated(facts: Facts) -> bool:
    """Return whether this person is a designated reviewer, according to the groups in these facts."""
    return any(principal in facts.principals.ways for principal in settings.REVIEWERS)


def manager_groups() -> list[str]:
    return [name.removeprefix("group:") for name in settings.REVIEWERS if name.startswith("group:")]


def designated(people: People) -> set[str]:
    """Return the addresses of all designated reviewers, given the people in their groups."""
    users = {name.removeprefix("user:") for name in settings.REVIEWERS if name.startswith("user:")}
    return users.union(*(people.of.get(group, frozenset()) for group in manager_groups()))


def designated_people(members: GroupMembers) -> set[str]:
    """Return the addresses of all designated reviewers.

    :raises googlecloud.errors.GoogleCloudError: when their groups cannot be read.
    """
    return designated(members.people(manager_groups()))
