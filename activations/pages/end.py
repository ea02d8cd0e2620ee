"""`/grants/<id>/end`: ends the access that a grant belongs to, after a confirmation."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from activations.domain.refusals import Moved, OutcomePending
from activations.domain.rules import Refusal
from activations.iam.dependencies import current_dependencies
from activations.models import Grant
from activations.pages.request_page import Answered, redirect_to_request, request_page
from activations.pages.running_grant import GrantPage, grant_page
from activations.people.access_facts import access_of
from activations.people.actor import actor_of, user_of
from activations.services.end_access import end_own_access
from activations.services.history import find_own_grant, find_request
from googlecloud.errors import GoogleCloudError


@require_http_methods(["GET", "HEAD", "POST"])
def end(request: HttpRequest, grant_id: uuid.UUID) -> HttpResponse:
    """Show the confirmation, or end the access."""
    grant = find_own_grant(user=user_of(request), grant_id=grant_id)
    if request.method == "POST":
        return _end(request, grant)
    if not access_of(grant, now=timezone.now()).is_held:
        return redirect_to_request(grant.request)
    return _page(request, GrantPage(grant))


def _end(request: HttpRequest, grant: Grant) -> HttpResponse:
    comment = request.POST.get("comment", "").replace("\r\n", "\n")
    try:
        end_own_access(
            grant=grant,
            actor=actor_of(request),
            comment=comment,
            dependencies=current_dependencies(),
        )
    except Refusal as error:
        return _page(request, GrantPage(grant, refusal=str(error), comment=comment, status=400))
    except Moved as error:
        return moved_page(request, grant, error)
    except (OutcomePending, GoogleCloudError):
        # The end is recorded and tried again. The request's page shows its state.
        return redirect_to_request(grant.request)
    return redirect_to_request(grant.request)


def moved_page(request: HttpRequest, grant: Grant, error: Moved) -> HttpResponse:
    """Show the request after it changed in the meantime."""
    found = find_request(user=user_of(request), request_id=grant.request_id)
    answered = Answered(str(error), status=409)
    return request_page(request, found, now=timezone.now(), answered=answered)


def _page(request: HttpRequest, page: GrantPage) -> HttpResponse:
    context = grant_page(page, now=timezone.now())
    return render(request, "pages/end.html", context, status=page.status)
