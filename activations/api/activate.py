"""Activates roles for the caller."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils import timezone

from activations.api.answers import RequestAnswer
from activations.api.endpoint import FROM_GOOGLE, Endpoint, serve
from activations.domain.request_details import RequestDetails
from activations.domain.rules import Refusal
from activations.iam.dependencies import current_dependencies
from activations.people.access_facts import accesses_of_requests
from activations.people.actor import actor_of
from activations.services.history import find_request
from activations.services.self_activation import SelfActivation, self_activate

LONGEST_KEY = 128


@dataclass(frozen=True, slots=True)
class SelfActivationBody(RequestDetails):
    """Roles to activate for the caller; `activationTimeout` in minutes, `startTime` for a later start."""

    entitlement_ids: tuple[str, ...] = ()


def activate(request: HttpRequest, body: SelfActivationBody, project_id: str) -> RequestAnswer:
    actor = actor_of(request)
    made = self_activate(
        asked=SelfActivation(
            project_id=project_id,
            role_ids=body.entitlement_ids,
            details=RequestDetails.of(body),
            idempotency_key=idempotency_key(request),
        ),
        actor=actor,
        dependencies=current_dependencies(),
    )
    fresh, now = find_request(user=actor.user, request_id=made.id), timezone.now()
    held = accesses_of_requests([fresh], now=now)
    return RequestAnswer.of(fresh, viewer=actor.user, held=held, now=now)


def idempotency_key(request: HttpRequest) -> str:
    """Return the key that identifies repetitions of the same call.

    :raises Refusal: when it is too long to be stored.
    """
    key = request.headers.get("Idempotency-Key", "").strip()
    if len(key) > LONGEST_KEY or not key.isprintable():
        raise Refusal(f"Idempotency-Key must be printable, with at most {LONGEST_KEY} characters")
    return key


activate_view = serve(
    Endpoint(
        "POST",
        "Activate roles for the caller, all or none",
        RequestAnswer,
        activate,
        takes=SelfActivationBody,
        errors=(*FROM_GOOGLE, 413, 415),
    )
)
