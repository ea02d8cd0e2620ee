"""Requests approval, and decides on requests."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils import timezone

from activations.api.activate import idempotency_key
from activations.api.answers import Peers, Person, RequestAnswer
from activations.api.endpoint import Endpoint, Parameter, serve, text
from activations.domain.request_details import RequestDetails
from activations.domain.rules import Refusal
from activations.iam.dependencies import current_dependencies
from activations.models import Request, User
from activations.people.access_facts import accesses_of_requests
from activations.people.actor import actor_of, user_of
from activations.services.approval import approve
from activations.services.approval_request import ApprovalInput, request_approval
from activations.services.history import find_request
from activations.services.peers import possible_reviewers
from activations.services.project_ids import canonical_project
from activations.services.review import decline
from activations.services.withdrawal import withdraw
from eligibility.entitlements import ProjectRole

DECISION_ERRORS = (400, 403, 404, 409, 415, 429, 502, 503, 504)


@dataclass(frozen=True, slots=True)
class ApprovalBody(RequestDetails):
    """One role to request; `peers` are e-mail addresses, `activationTimeout` in minutes, `startTime` as there."""

    entitlement_id: str = ""
    peers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ApproveBody:
    """The comment on an approval, and the longest duration that it allows in minutes: at most what was asked."""

    comment: str = ""
    minutes: int | None = None


@dataclass(frozen=True, slots=True)
class CommentBody:
    """The comment on a decision or withdrawal."""

    comment: str = ""


@dataclass(frozen=True, slots=True)
class PeersBody:
    """The id of an eligible role, which may be too long for a URL."""

    id: str = ""


def peers(request: HttpRequest, project_id: str) -> Peers:
    return _peers(request, project_id, text(request, "id"))


def peers_by_body(request: HttpRequest, body: PeersBody, project_id: str) -> Peers:
    return _peers(request, project_id, body.id)


def _peers(request: HttpRequest, project_id: str, role_id: str) -> Peers:
    if not project_id.strip():
        raise Refusal("A projectId is required")
    user = user_of(request)
    project_id = canonical_project(project_id, user=user)
    if not role_id:
        raise Refusal("A role is required")
    role = ProjectRole.parse(role_id)
    if role.project_id != project_id:
        raise Refusal("The project ID does not match the current project")
    found = possible_reviewers(user=user, role=role, now=timezone.now()).reviewers
    return Peers(
        peers=tuple(Person(email) for email in found.peers),
        managers=tuple(Person(email) for email in found.managers),
        warnings=found.warnings,
    )


def ask(request: HttpRequest, body: ApprovalBody, project_id: str) -> RequestAnswer:
    actor = actor_of(request)
    made = request_approval(
        asked=ApprovalInput(
            project_id=project_id,
            role_id=body.entitlement_id,
            reviewers=body.peers,
            details=RequestDetails.of(body),
            idempotency_key=idempotency_key(request),
        ),
        actor=actor,
        dependencies=current_dependencies(),
    )
    return answer(made.id, actor.user)


def answer(request_id: uuid.UUID, user: User) -> RequestAnswer:
    """Return the request's current state as this viewer may see it."""
    found, now = find_request(user=user, request_id=request_id), timezone.now()
    held = accesses_of_requests([found], now=now)
    return RequestAnswer.of(found, viewer=user, held=held, now=now)


def approved(request: HttpRequest, body: ApproveBody, request_id: uuid.UUID) -> RequestAnswer:
    found = _visible(request, request_id)
    approve(
        request=found,
        actor=actor_of(request),
        comment=body.comment,
        dependencies=current_dependencies(),
        minutes=body.minutes,
    )
    return answer(request_id, user_of(request))


def declined(request: HttpRequest, body: CommentBody, request_id: uuid.UUID) -> RequestAnswer:
    found = _visible(request, request_id)
    decline(
        request=found,
        actor=actor_of(request),
        comment=body.comment,
        dependencies=current_dependencies(),
    )
    return answer(request_id, user_of(request))


def withdrawn(request: HttpRequest, body: CommentBody, request_id: uuid.UUID) -> RequestAnswer:
    found = _visible(request, request_id)
    withdraw(request=found, actor=actor_of(request), comment=body.comment, now=timezone.now())
    return answer(request_id, user_of(request))


def _visible(request: HttpRequest, request_id: uuid.UUID) -> Request:
    return find_request(user=user_of(request), request_id=request_id)


def _decision(
    summary: str, handler: Callable[..., RequestAnswer], *, takes: type = CommentBody
) -> Endpoint:
    return Endpoint("POST", summary, RequestAnswer, handler, takes=takes, errors=DECISION_ERRORS)


peers_view = serve(
    Endpoint(
        "GET",
        "The people who may review the caller's request for a role",
        Peers,
        peers,
        query=(Parameter("id", "The id of the eligible role; required"),),
        errors=(400, 403, 429, 502, 503, 504),
    ),
    Endpoint(
        "POST",
        "The same, for ids that are too long for a URL",
        Peers,
        peers_by_body,
        takes=PeersBody,
        errors=(400, 403, 415, 429, 502, 503, 504),
    ),
)
ask_view = serve(
    Endpoint(
        "POST",
        "Request approval of one role from peers or managers",
        RequestAnswer,
        ask,
        takes=ApprovalBody,
        errors=DECISION_ERRORS,
    )
)
approve_view = serve(
    _decision(
        "Approve; the duration starts with the last approval, or at the later start that was requested",
        approved,
        takes=ApproveBody,
    )
)
decline_view = serve(_decision("Decline; requires a comment", declined))
withdraw_view = serve(
    _decision("Withdraw the caller's pending request, or access that has not started", withdrawn)
)
