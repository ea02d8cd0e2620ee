"""`/requests/<id>/approve`, `decline` and `withdraw`: the buttons on the page of a request."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from activations.domain.refusals import Moved, NotAllowed, OutcomeNotStored, OutcomePending
from activations.domain.rules import Refusal
from activations.iam.dependencies import current_dependencies
from activations.models import Request
from activations.pages.forms import Attempt, note_retry_form, whole_minutes
from activations.pages.request_page import Answered, redirect_to_request, request_page
from activations.pages.review_panel import next_url
from activations.people.actor import actor_of, user_of
from activations.services import approval, review
from activations.services.history import find_request
from activations.services.withdrawal import withdraw as withdraw_request
from eligibility.judgement import NotEligible
from googlecloud.errors import GoogleCloudError

Act = Callable[[Request, str], object]
# The fields of the forms beside the comment.
MORE_FIELDS = ("minutes", "next")


@require_http_methods(["GET", "HEAD", "POST"])
def approve(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Approve the request, for less time than requested if `minutes` says so. The comment is optional."""

    def act(found: Request, comment: str) -> object:
        writer, minutes = current_dependencies(), request.POST.get("minutes", "").strip()
        return approval.approve(
            request=found,
            actor=actor_of(request),
            comment=comment,
            dependencies=writer,
            minutes=whole_minutes(minutes) if minutes else None,
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
    """Redirect to the changed request or the next one, or show the request with the reason for a refusal."""
    if request.method != "POST":
        return redirect("request", request_id=request_id)
    found = find_request(user=user_of(request), request_id=request_id)
    comment = request.POST.get("comment", "").replace("\r\n", "\n")
    back = reverse("request", args=[request_id])
    more = tuple((name, request.POST[name]) for name in MORE_FIELDS if name in request.POST)
    note_retry_form(
        request, Attempt(request.path, (("comment", comment), *more), back, "Back to the request")
    )
    try:
        act(found, comment)
    except (Refusal, NotAllowed, NotEligible, Moved) as error:
        return _refused(request, request_id, _answered(request, error, comment))
    except OutcomeNotStored:
        raise  # the request's page needs the database
    except OutcomePending:
        return _onwards(request, found)
    except GoogleCloudError:
        if not _is_decided(request_id):
            raise
        return redirect_to_request(found)  # which shows why nothing was granted
    return _onwards(request, found)


def _answered(request: HttpRequest, error: Exception, comment: str) -> Answered:
    minutes = request.POST.get("minutes", "").strip()
    verb = request.path.rstrip("/").rpartition("/")[2]
    return Answered(str(error), comment, _status(error), verb, minutes)


def _onwards(request: HttpRequest, decided: Request) -> HttpResponse:
    """Redirect with 303 to the next request if the reviewer asked for it, else to the decided one."""
    if "next" not in request.POST:
        return redirect_to_request(decided)
    url = next_url(user_of(request), decided=decided, now=timezone.now())
    return HttpResponseRedirect(url, status=303)


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
