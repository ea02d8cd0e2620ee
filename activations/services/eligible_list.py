"""Lists the roles that a person may activate in all projects, from the eligibility index."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from heapq import nsmallest
from operator import itemgetter

from activations.domain.rules import Refusal, check_project
from activations.iam.dependencies import current_limits
from activations.models import User
from activations.reporting import audit_log
from activations.services.listed_rules import listed_requirements
from activations.services.role_states import RoleRow, role_states
from eligibility import providers
from eligibility.entitlements import ProjectRole
from eligibility.facts import Principals, Way, node_of
from eligibility.index.lists import EligibleRole, PersonalProject, personal_projects
from eligibility.index.served import served
from eligibility.index.titles import role_titles
from eligibility.models import Refresh
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
    if project_id:
        found = personal_projects(
            refresh, principals=principals, wanted=wanted, project_id=project_id
        )
    else:
        found = providers.recent_lists().projects(refresh, principals=principals, wanted=wanted)
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
    titles = role_titles({role.role for project in found.projects for role in project.roles})
    matching = _matching(found.projects, filters.query.casefold(), titles, after)
    first = nsmallest(filters.page_size + 1, matching, key=itemgetter(0))
    shown = [(project, role) for _, project, role in first[: filters.page_size]]
    rows = rows_of(found, shown, titles=titles, user=user, now=now, project_id=project_id)
    is_last = len(first) <= filters.page_size
    token = None if is_last else _token(first[filters.page_size - 1][0])
    return EligiblePage(rows, token, found.indexed_at)


def rows_of(
    found: PersonalList,
    shown: Iterable[tuple[PersonalProject, EligibleRole]],
    *,
    titles: Mapping[str, str],
    user: User,
    now: datetime,
    project_id: str = "",
) -> tuple[EligibleRow, ...]:
    """Return these roles of a list with their states and terms, in the order given.

    :raises FactsMissing, UnusablePolicy: when it is not known what the access policy requires.
    """
    states = role_states(user, now=now, project_id=project_id)
    wanted = Period.of(now, current_limits().longest)
    placed = [(project, role, role.on(project.project_id)) for project, role in shown]
    holdings = [holding for _, _, holding in placed]
    required = listed_requirements(holdings, principals=found.principals, refresh=found.refresh)
    return tuple(
        EligibleRow(
            states.row(
                holding,
                wanted=wanted,
                title=titles.get(role.role, ""),
                required=required[holding.project_role],
            ),
            project.name,
            role.holding.via,
            node_of(role.holding.attached_resource),
        )
        for project, role, holding in placed
    )


def _matching(
    projects: Iterable[PersonalProject], text: str, titles: Mapping[str, str], after: str
) -> Iterator[tuple[str, PersonalProject, EligibleRole]]:
    """Yield roles that match a text, with their ids; only those whose id is greater than `after`."""
    named = {
        role.role
        for project in projects
        for role in project.roles
        if text in role.role.casefold() or text in titles.get(role.role, "").casefold()
    }
    for project in projects:
        is_named = text in project.project_id or text in project.name.casefold()
        for role in project.roles:
            role_id = project.project_id + role.suffix
            if role_id > after and (is_named or role.role in named):
                yield role_id, project, role


def _token(last_id: str) -> str:
    return base64.urlsafe_b64encode(last_id.encode()).decode()


def _read_token(token: str) -> str:
    try:
        last_id = base64.b64decode(token.encode(), altchars=b"-_", validate=True).decode()
        return ProjectRole.parse(last_id).id
    except ValueError:
        raise Refusal("pageToken is not one that this server issued") from None
