"""Ending and extending access."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils import timezone

from activations.api.activate import idempotency_key
from activations.api.answers import GrantAnswer, RequestAnswer
from activations.api.approval import DECISION_ERRORS, answer
from activations.api.endpoint import Endpoint, serve
from activations.domain.request_details import RequestDetails
from activations.iam.dependencies import current_dependencies
from activations.models import Grant
from activations.people.access_facts import accesses
from activations.people.actor import actor_of, user_of
from activations.services.end_access import end_own
from activations.services.extension import Extension, extend
from activations.services.history import find_own_grant


@dataclass(frozen=True, slots=True)
class EndBody:
    """The reason for ending access; may be empty."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class ExtensionBody(RequestDetails):
    """The minutes from now, and the reason; `peers` default to the reviewers of the earlier request.

    `startTime` must not be later than now, because an extension starts at once.
    """

    peers: tuple[str, ...] = ()


def end(request: HttpRequest, body: EndBody, grant_id: uuid.UUID) -> GrantAnswer:
    ended = end_own(
        grant=_own(request, grant_id),
        actor=actor_of(request),
        comment=body.reason,
        dependencies=current_dependencies(),
    )
    now = timezone.now()
    return GrantAnswer.of(ended, accesses(grants=[ended], now=now), now)


def longer(request: HttpRequest, body: ExtensionBody, grant_id: uuid.UUID) -> RequestAnswer:
    made = extend(
        grant=_own(request, grant_id),
        asked=Extension(
            details=RequestDetails.of(body),
            reviewers=body.peers,
            idempotency_key=idempotency_key(request),
        ),
        actor=actor_of(request),
        dependencies=current_dependencies(),
    )
    return answer(made.id, user_of(request))


def _own(request: HttpRequest, grant_id: uuid.UUID) -> Grant:
    return find_own_grant(user=user_of(request), grant_id=grant_id)


end_view = serve(
    Endpoint(
        "POST",
        "End one grant now; accessEndTime is set if another grant still gives the access",
        GrantAnswer,
        end,
        takes=EndBody,
        errors=DECISION_ERRORS,
    )
)
extend_view = serve(
    Endpoint(
        "POST",
        "Request more time; one binding remains",
        RequestAnswer,
        longer,
        takes=ExtensionBody,
        errors=DECISION_ERRORS,
    )
)
