"""`/projects/<id>`: the roles of a project with the form to request them."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from activations.domain.rules import Refusal
from activations.models import User
from activations.pages.chosen_project import remember, roles_url
from activations.pages.forms import RequestForm
from activations.pages.glass import glass_offer
from activations.pages.inbox import own_pending, waiting
from activations.pages.request_bar import form_for, request_bar
from activations.pages.role_lines import (
    RoleLine,
    Surroundings,
    chosen_first,
    names_without_line,
    role_line,
)
from activations.pages.running_grants import running_grants
from activations.people.actor import user_of
from activations.services.favorites import favorites_of, recent_requests
from activations.services.role_list import RoleList, list_roles
from googlecloud.errors import Denied, GoogleCloudError, Invalid, NotFound

LONGEST_SHOWN = 100
FILTER_FROM = 8  # rows; fewer are seen at one look


def roles_page(
    request: HttpRequest,
    *,
    form: RequestForm,
    now: datetime,
    refusal: str = "",
    why_url: str = "",
    earlier_url: str = "",
    status: int = 200,
) -> HttpResponse:
    """Show the roles and the form, with the values and the refusal of a form that was sent before.

    :raises googlecloud.errors.GoogleCloudError: when Google fails, except when the project is unknown
        or not accessible.
    """
    user = user_of(request)
    try:
        is_live = _is_live(request, why_url)
        found = list_roles(user=user, project_id=form.project_id, now=now, live=is_live)
    except Refusal as error:
        return misnamed_page(request, form.project_id, error)
    except (NotFound, Denied, Invalid) as error:
        return unreadable_page(request, form.project_id, error)
    recent = recent_requests(user)
    context = request_bar(form, [row.terms for row in found.rows], recent=recent) | {
        **_list(found, form, user, now),
        "project_id": form.project_id,
        "refusal": refusal,
        "why_url": why_url,
        "earlier_url": earlier_url,
        "indexed_at": found.indexed_at,
        "is_live": is_live,
        "live_url": roles_url(found.project_id, source="google"),
        "waiting": waiting(user, now, except_project=form.project_id),
    }
    response = render(request, "pages/roles.html", context, status=status)
    remember(response, form.project_id)
    return response


def _is_live(request: HttpRequest, why_url: str) -> bool:
    """Return whether Google is read: on request, and after a refusal that the index may contradict."""
    return request.GET.get("source") == "google" or bool(why_url)


def _list(found: RoleList, form: RequestForm, user: User, now: datetime) -> dict[str, object]:
    lines = _lines(found, form, user, now)
    return {
        "lines": lines,
        "glass": glass_offer(row.required.break_glass for row in found.rows),
        "gone": names_without_line(form.chosen, lines),
        "is_again": form.is_again,
        "filter_from": FILTER_FROM,
        "warnings": found.warnings,
        "warnings_summary": warnings_summary(len(found.warnings)),
        "any_active": any(line.ends and not line.needs_approval for line in lines),
        "any_approval": any(line.needs_approval for line in lines),
    }


def _lines(found: RoleList, form: RequestForm, user: User, now: datetime) -> list[RoleLine]:
    project_id = found.project_id
    around = Surroundings(
        now=now,
        chosen=form.chosen,
        running=running_grants(user, project_id, now),
        pending={row.id: row for row in own_pending(user, now).filter(project_id=project_id)},
        starred=favorites_of(user).starred,
    )
    return chosen_first(role_line(row, around) for row in found.rows)


def unreadable_page(request: HttpRequest, project_id: str, error: GoogleCloudError) -> HttpResponse:
    """Show that the project does not exist or is not accessible."""
    context = {"project_id": project_id, "google_said": str(error)}
    status = error.status or 400
    return render(request, "pages/unreadable_project.html", context, status=status)


def misnamed_page(request: HttpRequest, text: str, error: Refusal) -> HttpResponse:
    """Show that the text is not a project id, without a call to Google."""
    context = {"project_id": text[:LONGEST_SHOWN], "misnamed": str(error)}
    return render(request, "pages/unreadable_project.html", context, status=400)


def warnings_summary(count: int) -> str:
    """Return the headline of the warnings. It names no cause, because causes differ."""
    noun = "note" if count == 1 else "notes"
    return f"{count} {noun} about eligible roles on this project"


@require_safe
def roles(request: HttpRequest, project_id: str) -> HttpResponse:
    """Show the roles of one project, whether any list knows the project or not."""
    return roles_page(request, form=form_for(request, project_id), now=timezone.now())
