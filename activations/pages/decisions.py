"""`/requests/<id>/approve`, `decline` and `withdraw`: the buttons on the page of a request."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from activations.domain.refusals import Moved, NotAllowed, OutcomeNotStored, OutcomePending
from activations.domain.rules import Refusal
from activations.iam.dependencies import current_dependencies
from activations.models import Request
from activations.pages.forms import Attempt, note_retry_form
from activations.pages.request_page import Answered, redirect_to_request, request_page
from activations.people.actor import actor_of, user_of
from activations.services import approval, review
from activations.services.history import find_request
from activations.services.withdrawal import withdraw as withdraw_request
from eligibility.judgement import NotEligible
from googlecloud.errors import GoogleCloudError

Act = Callable[[Request, str], object]


@require_http_methods(["GET", "HEAD", "POST"])
def approve(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Approve the request. The comment is optional."""

    def act(found: Request, comment: str) -> object:
        writer = current_dependencies()
        return approval.approve(
            request=found, actor=actor_of(request), comment=comment, dependencies=writer
        )

    return _answer(request, request_id, act)


@require_http_methods(["GET", "HEAD", "POST"])
def decline(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Decline the request. The comment is required."""

    def act(found: Request, comment: str) -> object:
        writer = current_dependencies()
        return review.decline(
            request=found, actor=actor_of(request), comment=comment, dependencies=writer
        )

    return _answer(request, request_id, act)


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Withdraw the signed-in person's own request. The comment is optional."""

    def act(found: Request, comment: str) -> object:
        return withdraw_request(
            request=found, actor=actor_of(request), comment=comment, now=timezone.now()
        )

    return _answer(request, request_id, act)


def _answer(request: HttpRequest, request_id: uuid.UUID, act: Act) -> HttpResponse:
    """Redirect to the changed request, or show the request with the reason for a refusal."""
    if request.method != "POST":
        return redirect("request", request_id=request_id)
    found = find_request(user=user_of(request), request_id=request_id)
    comment = request.POST.get("comment", "").replace("\r\n", "\n")
    back = reverse("request", args=[request_id])
    note_retry_form(
        request, Attempt(request.path, (("comment", comment),), back, "Back to the request")
    )
    try:
        act(found, comment)
    except (Refusal, NotAllowed, NotEligible, Moved) as error:
        return _refused(request, request_id, Answered(str(error), comment, _status(error)))
    except OutcomeNotStored:
        raise  # the request's page needs the database
    except OutcomePending:
        return redirect_to_request(found)
    except GoogleCloudError:
        if not _is_decided(request_id):
            raise
    return redirect_to_request(found)


def _status(error: Exception) -> int:
    if isinstance(error, Moved):
        return 409
    return 400 if isinstance(error, Refusal) else 403


def _is_decided(request_id: uuid.UUID) -> bool:
    """Return whether the decision was recorded. Then the request's page shows why the write failed."""
    return not Request.objects.undecided().filter(pk=request_id).exists()


def _refused(request: HttpRequest, request_id: uuid.UUID, answered: Answered) -> HttpResponse:
    found = find_request(user=user_of(request), request_id=request_id)
    return request_page(request, found, now=timezone.now(), answered=answered)
