"""`/favorites/…`: stars roles, and saves and deletes sets of roles."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from activations.domain.rules import Refusal
from activations.pages.access_search import AccessSearch
from activations.people.actor import user_of
from activations.services import favorites
from eligibility.entitlements import ProjectRole
from eligibility.index.titles import role_titles


@require_POST
def star(request: HttpRequest) -> HttpResponse:
    """Add or remove a star, and redirect to the list as it was searched."""
    user = user_of(request)
    if role_id := request.POST.get("star"):
        favorites.star(user=user, role_id=role_id)
    elif role_id := request.POST.get("unstar"):
        favorites.unstar(user=user, role_id=role_id)
    return _back(AccessSearch.of(request).query)


@require_POST
def save_set(request: HttpRequest) -> HttpResponse:
    """Ask for the name of a set with the chosen roles; save it when a name was sent."""
    role_ids = [*request.POST.getlist("role"), *request.POST.getlist("approval")]
    name = request.POST.get("set")
    if name is None:
        return _name_page(request, role_ids)
    try:
        saved = favorites.save_set(user=user_of(request), name=name, role_ids=role_ids)
    except Refusal as error:
        return _name_page(request, role_ids, name=name, refusal=str(error))
    return _back(urlencode({"set": saved}))


@require_POST
def delete_set(request: HttpRequest) -> HttpResponse:
    """Delete a set."""
    favorites.delete_set(user=user_of(request), name=request.POST.get("set", ""))
    return _back("")


def _name_page(
    request: HttpRequest, role_ids: list[str], *, name: str = "", refusal: str = ""
) -> HttpResponse:
    roles = [ProjectRole.parse(role_id) for role_id in role_ids]
    titles = role_titles(role.role for role in roles)
    context = {
        "roles": [(role, titles.get(role.role, "")) for role in roles],
        "name": name,
        "sets": favorites.favorites_of(user_of(request)).sets,
        "longest": favorites.LONGEST_NAME,
        "refusal": refusal,
    }
    return render(request, "pages/save_set.html", context, status=400 if refusal else 200)


def _back(query: str) -> HttpResponse:
    address = reverse("my-access")
    response = redirect(f"{address}?{query}" if query else address)
    response.status_code = 303
    return response
