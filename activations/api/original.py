"""`/api/activation-request`: the original's way to view and approve, by request id instead of a token."""

from __future__ import annotations

import uuid

from django.http import HttpRequest

from activations.api.answers import RequestAnswer
from activations.api.approval import answer
from activations.api.endpoint import Endpoint, Parameter, serve, text
from activations.domain.refusals import NotAllowed, NotAvailable
from activations.domain.rules import Refusal
from activations.iam.dependencies import current_dependencies
from activations.models import Request
from activations.people.actor import actor_of, user_of
from activations.reporting import audit_log
from activations.services.approval import approve
from activations.services.history import find_request
from activations.services.reviewing import CannotReview

FAILED = "Accessing the activation request failed"
PARAMETER = Parameter("activation", "The request id; required")


def view(request: HttpRequest) -> RequestAnswer:
    return answer(_find(request).id, user_of(request))


def approve_it(request: HttpRequest) -> RequestAnswer:
    found = _find(request)
    actor, dependencies = actor_of(request), current_dependencies()
    try:
        approve(request=found, actor=actor, comment="", dependencies=dependencies)
    except CannotReview as error:
        # Clients of the original expect its message.
        raise error.__cause__ or error from error
    return answer(found.id, user_of(request))


def _find(request: HttpRequest) -> Request:
    """Return the request that the parameter names.

    :raises NotAllowed: with the original's message, whatever the reason.
    """
    name = text(request, "activation")
    if not name:
        raise Refusal("An activation token is required")
    try:
        return find_request(user=user_of(request), request_id=uuid.UUID(name))
    except (ValueError, NotAvailable) as error:
        audit_log.viewing_failed(error)
        raise NotAllowed(FAILED) from error


activation_request_view = serve(
    Endpoint("GET", "One request", RequestAnswer, view, query=(PARAMETER,), errors=(400, 403)),
    Endpoint(
        "POST",
        "Approve a request; has no body",
        RequestAnswer,
        approve_it,
        query=(PARAMETER,),
        errors=(400, 403, 409, 429, 502, 503, 504),
    ),
)
