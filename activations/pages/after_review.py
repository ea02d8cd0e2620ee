"""`/requests/<id>/after-review`: the buttons that judge break-glass access, on the page of its request."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from activations.domain.refusals import Moved, NotAllowed, Stopped
from activations.domain.rules import Refusal
from activations.pages.forms import Attempt, note_retry_form
from activations.pages.request_page import Answered, redirect_to_request, request_page
from activations.people.actor import actor_of, user_of
from activations.services.after_review import Judgement, judge
from activations.services.history import find_request


@require_http_methods(["GET", "HEAD", "POST"])
def after_review(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Record the verdict and show the request, or show it with the reason for a refusal."""
    if request.method != "POST":
        return redirect("request", request_id=request_id)
    found = find_request(user=user_of(request), request_id=request_id)
    comment = request.POST.get("comment", "").replace("\r\n", "\n")
    verdict, back = request.POST.get("verdict", ""), reverse("request", args=[request_id])
    values = (("comment", comment), ("verdict", verdict))
    note_retry_form(request, Attempt(request.path, values, back, "Back to the request"))
    try:
        judge(
            request=found,
            judgement=Judgement(verdict, comment),
            actor=actor_of(request),
            now=timezone.now(),
        )
    except Stopped:
        raise
    except (Refusal, NotAllowed, Moved) as error:
        answered = Answered(str(error), comment, _status(error))
        fresh = find_request(user=user_of(request), request_id=request_id)
        return request_page(request, fresh, now=timezone.now(), answered=answered)
    return redirect_to_request(found)


def _status(error: Exception) -> int:
    if isinstance(error, Moved):
        return 409
    return 400 if isinstance(error, Refusal) else 403
