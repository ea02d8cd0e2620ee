"""`/projects`: projects that match a text, as a page and as JSON for the project picker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from activations.pages.access_search import is_unlisted_id
from activations.pages.chosen_project import roles_url
from activations.people.actor import user_of
from activations.services.project_search import FoundProject, FoundProjects, find_projects
from eligibility.entitlements import is_project_id

MOST_SHOWN = 20
LONGEST_TEXT = 200


@dataclass(frozen=True, slots=True)
class Match:
    """A matching project."""

    id: str
    name: str
    url: str

    @classmethod
    def of(cls, found: FoundProject) -> Match:
        name = "" if found.name == found.project_id else found.name
        return cls(found.project_id, name, roles_url(found.project_id))


@require_safe
@vary_on_headers("Accept")
def projects(request: HttpRequest) -> HttpResponse:
    """Show the matches for `q`, or redirect to the roles when `q` is the id of a project.

    The list may be some minutes old, so ids that are not in the list can be opened too.
    """
    text = request.GET.get("q", "").strip()[:LONGEST_TEXT]
    found = find_projects(user=user_of(request), text=text, limit=MOST_SHOWN, now=timezone.now())
    matches = [Match.of(one) for one in found.projects]
    if request.accepts("text/html"):
        return _page(request, text, matches, found)
    names = {one.id: one.name for one in matches if one.name}
    ids = [one.id for one in matches]
    return JsonResponse({"projects": ids, "names": names, "more": found.has_more})


def _page(
    request: HttpRequest, text: str, matches: Sequence[Match], found: FoundProjects
) -> HttpResponse:
    project_id = text.lower()
    if (not matches and is_unlisted_id(text)) or any(one.id == project_id for one in matches):
        return redirect(roles_url(project_id))
    context = {
        "text": text,
        "projects": matches,
        "more": found.has_more,
        "indexed_at": found.indexed_at,
        "direct_url": roles_url(project_id) if is_project_id(project_id) else "",
    }
    return render(request, "pages/projects.html", context)
