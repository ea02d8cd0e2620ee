"""Searches the roles that a person may activate in all projects, favorites and recent roles first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import nsmallest

from activations.models import User
from activations.services.eligible_list import EligibleRow, PersonalList, rows_of
from activations.services.listed_rules import listed_requirements
from eligibility.entitlements import ActivationType
from eligibility.index.lists import EligibleRole, PersonalProject
from eligibility.index.titles import role_titles

# The rank of a role in the list, and its id.
Position = tuple[int, str]
Placed = tuple[Position, PersonalProject, EligibleRole]


@dataclass(frozen=True, slots=True)
class AccessFilters:
    """What to list. Each word of `query` is a part of project id, name or number, or of role id or title.

    `first` are ids of roles that come first, in this order. `always` are those that no filter hides.
    """

    query: str = ""
    project_id: str = ""
    activation_type: ActivationType | None = None
    first: Sequence[str] = ()
    always: frozenset[str] = frozenset()
    page: int = 1
    # So that the page stays below 60 kB.
    page_size: int = 40


@dataclass(frozen=True, slots=True)
class FoundRoles:
    """One page of the matching roles, and how many match in all."""

    rows: tuple[EligibleRow, ...]
    total: int
    has_more: bool


def find_roles(
    found: PersonalList, *, filters: AccessFilters, user: User, now: datetime
) -> FoundRoles:
    """Return one page of the roles in a person's list that match.

    :raises FactsMissing, UnusablePolicy: when it is not known what the access policy requires.
    """
    titles = role_titles({role.role for project in found.projects for role in project.roles})
    matching = _of_kind(list(_matching(found.projects, filters, titles)), found, filters)
    last = filters.page * filters.page_size
    # Ids are unique, so projects and roles are never compared.
    ordered = nsmallest(last, matching)
    shown = [(project, role) for _, project, role in ordered[last - filters.page_size :]]
    rows = rows_of(found, shown, titles=titles, user=user, now=now)
    return FoundRoles(rows, len(matching), has_more=len(matching) > last)


def _matching(
    projects: Iterable[PersonalProject], filters: AccessFilters, titles: Mapping[str, str]
) -> Iterator[Placed]:
    words = filters.query.casefold().split()
    ranks = {role_id: rank for rank, role_id in enumerate(filters.first)}
    texts: dict[str, str] = {}
    for project in projects:
        left = _words_left(words, f"{project.project_id} {project.name} {project.number}")
        is_chosen = filters.project_id in ("", project.project_id)
        for role in project.roles:
            role_id = project.project_id + role.suffix
            if role.role not in texts:
                texts[role.role] = f"{role.role} {titles.get(role.role, '')}".casefold()
            matches = is_chosen and all(word in texts[role.role] for word in left)
            if matches or role_id in filters.always:
                yield (ranks.get(role_id, len(ranks)), role_id), project, role


def _of_kind(placed: list[Placed], found: PersonalList, filters: AccessFilters) -> list[Placed]:
    """Return the roles that need approval, or those that do not: the access policy may demand it of any."""
    if filters.activation_type is None:
        return placed
    holdings = [role.on(project.project_id) for _, project, role in placed]
    required = listed_requirements(holdings, principals=found.principals, refresh=found.refresh)
    is_mpa = filters.activation_type is ActivationType.MPA
    return [
        one
        for one, holding in zip(placed, holdings, strict=True)
        if required[holding.project_role].needs_approval == is_mpa or one[0][1] in filters.always
    ]


def _words_left(words: Iterable[str], text: str) -> list[str]:
    """Return the words that a text does not contain."""
    folded = text.casefold()
    return [word for word in words if word not in folded]
