"""`/`: what the person holds, what waits, and all roles that they may activate, on all projects."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from activations.models import Request, User
from activations.pages.access_search import AccessSearch, has_form_of_id
from activations.pages.active_lines import active_lines, unconfirmed_lines
from activations.pages.chosen_project import roles_url
from activations.pages.ending_soon import ending_lines
from activations.pages.forms import RequestForm
from activations.pages.help_contact import help_contact
from activations.pages.inbox import own_pending, waiting
from activations.pages.request_bar import blank_form, form_for, request_bar
from activations.pages.role_lines import (
    RoleLine,
    Surroundings,
    names_without_line,
    role_line,
)
from activations.pages.roles_page import roles_page
from activations.pages.running_grants import running_grants
from activations.people.actor import user_of
from activations.services.access_list import AccessFilters, FoundRoles, find_roles
from activations.services.eligible_list import PersonalList, personal_list
from activations.services.favorites import (
    Favorites,
    favorites_of,
    recent_requests,
    recent_roles,
)
from activations.services.several_requests import MOST_PROJECTS
from eligibility.entitlements import is_project_id
from googlecloud.errors import GoogleCloudError
from policies.rules.facts import FactsMissing
from policies.services.active import UnusablePolicy

# The list cannot be shown, but what the person holds can.
NO_LIST = (GoogleCloudError, FactsMissing, UnusablePolicy)
MOST_CHOSEN = 50


@dataclass(frozen=True, slots=True)
class Shown:
    """What the list depends on besides the index: the form, the search, and the person's own roles."""

    user: User
    now: datetime
    form: RequestForm
    search: AccessSearch
    favorites: Favorites
    requests: Sequence[Request]


@require_safe
def my_access(request: HttpRequest) -> HttpResponse:
    """Show the page; links that name a request or a project redirect to it."""
    if link := request.GET.get("activation"):
        return _activation_link(request, link)
    if project_id := request.GET.get("projectId", "").strip():
        return _project_link(request, project_id)
    form = blank_form("", *_chosen(request))
    return my_access_page(request, form=form, now=timezone.now())


def my_access_page(
    request: HttpRequest,
    *,
    form: RequestForm,
    now: datetime,
    refusal: str = "",
    why_url: str = "",
    status: int = 200,
) -> HttpResponse:
    """Show the page, with the values and the refusal of a form that was sent before."""
    user = user_of(request)
    shown = Shown(
        user,
        now,
        form,
        AccessSearch.of(request),
        favorites_of(user),
        recent_requests(user),
    )
    active = active_lines(user, now)
    context: dict[str, object] = {
        "active": active,
        "ending": ending_lines(active, user, now),
        "unconfirmed": unconfirmed_lines(user, now),
        "waiting": waiting(user, now),
        "help": help_contact(),
        "refusal": refusal,
        "why_url": why_url,
    }
    listed = _list_or_reason(shown)
    if listed.get("lines") == [] and has_form_of_id(shown.search.unlisted_project):
        return redirect(roles_url(shown.search.unlisted_project))
    return render(request, "pages/my_access.html", context | listed, status=status)


def _list_or_reason(shown: Shown) -> dict[str, object]:
    """Return the context of the list, or why there is none."""
    try:
        found = personal_list(user=shown.user, now=shown.now)
        return _listed(shown, found) if found.projects else {"indexed_at": found.indexed_at}
    except NO_LIST as error:
        return {"problem": str(error)}


def _listed(shown: Shown, found: PersonalList) -> dict[str, object]:
    """Return the context of the list.

    :raises FactsMissing, UnusablePolicy: when it is not known what the access policy requires.
    """
    form, search, recent = shown.form, shown.search, recent_roles(shown.requests)
    filters = AccessFilters(
        query=search.text,
        project_id=search.project_id,
        activation_type=search.activation_type,
        first=tuple(dict.fromkeys([*sorted(form.chosen), *shown.favorites.starred, *recent])),
        always=form.chosen,
        page=search.page,
    )
    roles = find_roles(found, filters=filters, user=shown.user, now=shown.now)
    lines = _lines(roles, shown, recent)
    terms = [one.row.terms for one in roles.rows]
    return request_bar(form, terms, recent=shown.requests) | {
        "lines": lines,
        "gone": names_without_line(form.chosen, lines),
        "total": roles.total,
        "is_complete": roles.total == len(lines) and not search.is_filtered,
        "search": search,
        "projects": found.projects if len(found.projects) <= search.MOST_IN_A_LIST else (),
        "sets": shown.favorites.sets,
        "indexed_at": found.indexed_at,
        "most_projects": MOST_PROJECTS,
        "newer_url": search.page_url(search.page - 1) if search.page > 1 else "",
        "older_url": search.page_url(search.page + 1) if roles.has_more else "",
        "any_approval": any(line.needs_approval for line in lines),
    }


def _lines(roles: FoundRoles, shown: Shown, recent: Sequence[str]) -> list[RoleLine]:
    around = Surroundings(
        now=shown.now,
        chosen=shown.form.chosen,
        running=running_grants(shown.user, "", shown.now),
        pending={row.id: row for row in own_pending(shown.user, shown.now)},
        starred=shown.favorites.starred,
        recent=recent,
    )
    lines = [role_line(one.row, around, project_name=one.project_name) for one in roles.rows]
    return sorted(lines, key=lambda line: not line.is_chosen)


def _chosen(request: HttpRequest) -> tuple[str, ...]:
    """Return the roles that the address chooses: one by one, or a set by its name."""
    chosen = request.GET.getlist("role")
    if name := request.GET.get("set", ""):
        chosen += favorites_of(user_of(request)).sets.get(name, ())
    return tuple(dict.fromkeys(chosen))[:MOST_CHOSEN]


def _project_link(request: HttpRequest, project_id: str) -> HttpResponse:
    """Redirect to the project's page; explain what is wrong with anything but the id of a project."""
    if not is_project_id(project_id):
        return roles_page(request, form=form_for(request, project_id), now=timezone.now())
    kept = {name: request.GET[name] for name in ("again", "source") if name in request.GET}
    return redirect(roles_url(project_id, **kept))


def _activation_link(request: HttpRequest, link: str) -> HttpResponse:
    """Open a link of a mail. Links of the original application contain tokens that cannot be read."""
    try:
        return redirect("request", request_id=uuid.UUID(link))
    except ValueError:
        return render(request, "pages/outdated_link.html", status=404)
