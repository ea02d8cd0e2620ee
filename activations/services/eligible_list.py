"""Lists the roles that a person may activate in all projects, from the eligibility index."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from heapq import nsmallest

from activations.domain.rules import Refusal, check_project
from activations.models import User
from activations.reporting import audit_log
from activations.services.limits import current_limits
from activations.services.listed_rules import listed_terms
from activations.services.role_states import RoleRow, role_states
from eligibility import providers
from eligibility.bindings import node_of
from eligibility.entitlements import ProjectRole
from eligibility.index.lists import PersonalProject, personal_projects
from eligibility.index.served import served
from eligibility.index.titles import role_titles
from eligibility.membership import Holding
from eligibility.models import Refresh
from eligibility.principals import Principals, Way
from eligibility.validity import Period
from googlecloud.errors import GoogleCloudError


@dataclass(frozen=True, slots=True)
class PersonalList:
    """A person's projects with what they may activate there, sorted by project id.

    `indexed_at` is the age of the index; None when there is none that may be served, and then the list
    is empty and says nothing about what the person may activate.
    """

    projects: tuple[PersonalProject, ...]
    indexed_at: datetime | None
    refresh: Refresh | None = None
    principals: Principals | None = None


@dataclass(frozen=True, slots=True)
class EligibleRow:
    """One eligible role on one project; `attached_to` is the node whose policy has the binding."""

    row: RoleRow
    project_name: str
    via: Way
    attached_to: str


@dataclass(frozen=True, slots=True)
class EligiblePage:
    """Some rows, sorted by the id of the role; `next_token` is None on the last page."""

    rows: tuple[EligibleRow, ...]
    next_token: str | None
    indexed_at: datetime | None


@dataclass(frozen=True, slots=True)
class EligibleFilters:
    """What to list; `query` is part of a project's id or name, or of a role's id or title, in any case."""

    query: str = ""
    project_id: str = ""
    page_size: int = 50
    page_token: str = ""


def personal_list(*, user: User, now: datetime, project_id: str = "") -> PersonalList:
    """Return the projects on which a person may activate something now, from the index.

    No call to Google when the person's groups were read within ten minutes.

    :raises googlecloud.errors.GoogleCloudError: when the person's groups cannot be read.
    """
    refresh = served(now)
    if refresh is None:
        return PersonalList((), None)
    try:
        principals = providers.recent_principals().of(user=user.email)
    except GoogleCloudError as error:
        audit_log.listing_failed(what="eligible roles", event="api.listEligible", error=error)
        raise
    wanted = Period.of(now, current_limits().longest)
    found = personal_projects(refresh, principals=principals, wanted=wanted, project_id=project_id)
    return PersonalList(found, refresh.started_at, refresh, principals)


def eligible_page(*, user: User, filters: EligibleFilters, now: datetime) -> EligiblePage:
    """Return one page of a person's eligible roles with their states.

    :raises Refusal: when the project or the page token is malformed.
    :raises FactsMissing, UnusablePolicy: when it is not known what the access policy requires.
    :raises googlecloud.errors.GoogleCloudError: when the person's groups cannot be read.
    """
    project_id = check_project(filters.project_id) if filters.project_id else ""
    after = _read_token(filters.page_token) if filters.page_token else ""
    found = personal_list(user=user, now=now, project_id=project_id)
    titles = role_titles({one.project_role.role for _, one in _pairs(found.projects)})
    matching = (
        (project, one)
        for project, one in _matching(found.projects, filters.query.casefold(), titles)
        if one.project_role.id > after
    )
    first = nsmallest(filters.page_size + 1, matching, key=lambda pair: pair[1].project_role.id)
    shown = first[: filters.page_size]
    states = role_states(user, now=now, project_id=project_id)
    wanted = Period.of(now, current_limits().longest)
    holdings = [one for _, one in shown]
    terms = listed_terms(holdings, principals=found.principals, refresh=found.refresh)
    rows = tuple(
        EligibleRow(
            states.row(
                one,
                wanted=wanted,
                title=titles.get(one.project_role.role, ""),
                terms=terms[one.project_role],
            ),
            project.name,
            one.via,
            node_of(one.attached_resource),
        )
        for project, one in shown
    )
    is_last = len(first) <= filters.page_size
    token = None if is_last else _token(shown[-1][1].project_role.id)
    return EligiblePage(rows, token, found.indexed_at)


def _pairs(projects: Iterable[PersonalProject]) -> Iterator[tuple[PersonalProject, Holding]]:
    for project in projects:
        for holding in project.holdings:
            yield project, holding


def _matching(
    projects: Iterable[PersonalProject], text: str, titles: dict[str, str]
) -> Iterator[tuple[PersonalProject, Holding]]:
    for project in projects:
        is_named = text in project.project_id or text in project.name.casefold()
        for holding in project.holdings:
            role = holding.project_role.role
            if is_named or text in role.casefold() or text in titles.get(role, "").casefold():
                yield project, holding


def _token(last_id: str) -> str:
    return base64.urlsafe_b64encode(last_id.encode()).decode()


def _read_token(token: str) -> str:
    try:
        last_id = base64.b64decode(token.encode(), altchars=b"-_", validate=True).decode()
        return ProjectRole.parse(last_id).id
    except ValueError:
        raise Refusal("pageToken is not one that this server issued") from None
