"""`/`: the roles of a project, the way to choose one, and what old links lead to."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from activations.pages.chosen_project import remembered, roles_url
from activations.pages.prefill import form_for
from activations.pages.roles_page import roles_page
from activations.pages.waiting import waiting
from activations.people.signed_in import user_of


@require_safe
def roles(request: HttpRequest) -> HttpResponse:
    """The roles of the project in the address, else of the one remembered."""
    if link := request.GET.get("activation"):
        return _activation_link(request, link)
    project_id = request.GET.get("projectId", "").strip()
    if not project_id:
        last = remembered(request)
        return redirect(roles_url(last)) if last else _start(request)
    return roles_page(request, form=form_for(request, project_id), now=timezone.now())


def _start(request: HttpRequest) -> HttpResponse:
    context = {"waiting": waiting(user_of(request), timezone.now())}
    return render(request, "pages/start.html", context)


def _activation_link(request: HttpRequest, link: str) -> HttpResponse:
    """Links in mails: ours name a request, those of the original are tokens that we cannot read."""
    try:
        return redirect("request", request_id=uuid.UUID(link))
    except ValueError:
        return render(request, "pages/outdated_link.html", status=404)
