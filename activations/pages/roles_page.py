"""The page with the roles of a project and the form to request them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from activations.forms import RequestForm
from activations.limits import current_limits
from activations.pages.chosen_project import remember
from activations.pages.role_lines import RoleLine, role_line, whole_minutes
from activations.pages.wording import minutes
from activations.people import user_of
from activations.rules import Limits
from activations.services.role_list import list_roles
from googlecloud.errors import Denied, GoogleCloudError, Invalid, NotFound

DEFAULT_MINUTES = 60
PRESETS = (30, 60, 120)


@dataclass(frozen=True, slots=True)
class Preset:
    """A usual duration on a button."""

    minutes: str
    words: str


def blank_form(project_id: str) -> RequestForm:
    """The form as it is first shown."""
    longest = whole_minutes(current_limits().longest)
    return RequestForm(project_id=project_id, minutes=str(min(DEFAULT_MINUTES, longest)))


def roles_page(
    request: HttpRequest, *, form: RequestForm, now: datetime, refusal: str = "", status: int = 200
) -> HttpResponse:
    """The page, also as the answer to a form that was refused: everything typed stays.

    :raises googlecloud.errors.GoogleCloudError: when Google fails, but not when it merely does not
        know the project.
    """
    try:
        found = list_roles(user=user_of(request), project_id=form.project_id, now=now)
    except (NotFound, Denied, Invalid) as error:
        return unreadable_page(request, form.project_id, error)
    limits = current_limits()
    lines = [
        role_line(row, chosen=form.roles, longest=limits.longest, now=now) for row in found.rows
    ]
    context = _bar(form, limits, lines) | {
        "project_id": form.project_id,
        "lines": lines,
        "warnings": found.warnings,
        "warnings_summary": warnings_summary(len(found.warnings)),
        "any_active": any(line.ends and not line.needs_approval for line in lines),
        "any_approval": any(line.needs_approval for line in lines),
        "refusal": refusal,
    }
    response = render(request, "pages/roles.html", context, status=status)
    remember(response, form.project_id)
    return response


def _bar(form: RequestForm, limits: Limits, lines: list[RoleLine]) -> dict[str, object]:
    longest = whole_minutes(limits.longest)
    return {
        "form": form,
        "limits": limits,
        "longest_minutes": longest,
        "presets": [Preset(str(count), minutes(count)) for count in PRESETS if count <= longest],
        "can_request": any(not line.needs_approval for line in lines),
    }


def unreadable_page(
    request: HttpRequest, project_id: str, error: GoogleCloudError | None = None
) -> HttpResponse:
    """The answer for a project that is misspelled, gone or out of reach."""
    context = {"project_id": project_id, "google_said": str(error) if error else ""}
    status = (error.status if error else None) or 400
    return render(request, "pages/unreadable_project.html", context, status=status)


def warnings_summary(count: int) -> str:
    noun = "binding" if count == 1 else "bindings"
    return f"{count} {noun} could not be read: why?"
