"""The project that a page shows: from the address, or from the cookie of the last visit."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from eligibility.entitlements import is_project_id

COOKIE = "project"
KEPT_SECONDS = 365 * 24 * 3600


def remembered(request: HttpRequest) -> str:
    """Return the project chosen last in this browser, or ''."""
    project_id = request.COOKIES.get(COOKIE, "")
    return project_id if is_project_id(project_id) else ""


def remember(response: HttpResponse, project_id: str) -> None:
    """Store the project in a cookie. It is only a default for addresses without a project."""
    response.set_cookie(COOKIE, project_id, max_age=KEPT_SECONDS, secure=True, samesite="Lax")


def roles_url(project_id: str, **more: str) -> str:
    """Return the link to the page of a project's roles; without a project, to the roles of all.

    What is no project id goes into the query, and is answered with what is wrong with it.
    """
    if is_project_id(project_id):
        path, query = reverse("roles", args=[project_id]), more
    else:
        path, query = reverse("my-access"), {"projectId": project_id} | more if project_id else more
    return f"{path}?{urlencode(query)}" if query else path
