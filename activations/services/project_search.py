"""Searches projects by a part of their id or name, or by number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from activations.models import User
from activations.services.eligible_list import personal_list
from eligibility import providers
from eligibility.index.lists import PersonalProject


@dataclass(frozen=True, slots=True)
class FoundProject:
    """A project to choose; the name is '' when only the id is known."""

    project_id: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class FoundProjects:
    """The first matches, whether there are more, and the age of the index; None without one."""

    projects: tuple[FoundProject, ...]
    has_more: bool
    indexed_at: datetime | None


def find_projects(*, user: User, text: str, limit: int, now: datetime) -> FoundProjects:
    """Return the person's own projects that match; without an index, any available project.

    Projects whose id starts with the text come first. Names are searched in any case; a number must
    match whole. Without an index only ids are searched.

    :raises googlecloud.errors.GoogleCloudError: when there is no usable list and Google fails.
    """
    personal = personal_list(user=user, now=now)
    if personal.indexed_at is None:
        ids = providers.projects().search(text, limit=limit + 1)
        found = [FoundProject(project_id) for project_id in ids]
    else:
        wanted = text.strip().casefold()
        matching = [one for one in personal.projects if _matches(one, wanted)]
        matching.sort(key=lambda one: not one.project_id.startswith(wanted))
        found = [FoundProject(one.project_id, one.name) for one in islice(matching, limit + 1)]
    return FoundProjects(tuple(found[:limit]), len(found) > limit, personal.indexed_at)


def _matches(project: PersonalProject, wanted: str) -> bool:
    return (
        wanted in project.project_id
        or wanted in project.name.casefold()
        or wanted == project.number
    )
