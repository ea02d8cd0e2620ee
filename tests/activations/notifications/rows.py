"""Creates requests, grants and reviews as rows."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from activations.domain.states import Decision, GrantState, RequestState, ReviewerPart
from activations.models import Grant, Request, Review, Reviewer, User

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
CONDITION = 'resource.name == "x"'


def person(email: str) -> User:
    values = {"email": email, "first_seen": NOW, "last_seen": NOW}
    return User.objects.get_or_create(subject=f"id-{email}", defaults=values)[0]


def mpa_request(
    justification: str = "CASE-123",
    *,
    beneficiary: str = "alice@example.com",
    project_id: str = "shop-prod",
    reviewers: tuple[str, ...] = ("bob@example.com", "carol@example.com"),
    condition: str = "",
    **values: Any,
) -> Request:
    """Create a request that waits for Bob or Carol."""
    request = Request.objects.create(
        **{
            "state": RequestState.PENDING,
            "activation_type": "MPA",
            "beneficiary": person(beneficiary),
            "beneficiary_email": beneficiary,
            "project_id": project_id,
            "role": "roles/compute.admin",
            "resource_condition": condition,
            "role_key": uuid.uuid4().hex,
            "minutes": 60,
            "justification": justification,
            "requested_at": NOW,
            "expires_at": NOW + timedelta(minutes=60, microseconds=120_000),
            "base_url": "https://jit.example.com",
            "channel": "web",
            "fingerprint": "f",
        }
        | values
    )
    for email in reviewers:
        reviewer(request, email)
    return request


def reviewer(request: Request, email: str, **values: Any) -> Reviewer:
    """Ask a person in the open stage."""
    given = {"part": ReviewerPart.PEER, "asked_at": NOW, "stage": request.stage or 1} | values
    return Reviewer.objects.create(request=request, email=email, **given)


def jit_request() -> Request:
    """Create a request that Alice approved herself."""
    return Request.objects.create(
        state=RequestState.APPROVED,
        activation_type="JIT",
        beneficiary=person("alice@example.com"),
        beneficiary_email="alice@example.com",
        project_id="shop-prod",
        minutes=10,
        justification="CASE-123",
        requested_at=NOW,
        base_url="https://jit.example.com",
        channel="web",
        fingerprint="f",
    )


def grant(request: Request, role: str = "roles/compute.admin", **values: Any) -> Grant:
    return Grant.objects.create(
        **{
            "request": request,
            "state": GrantState.ACTIVE,
            "project_id": request.project_id,
            "role": role,
            "resource_condition": request.resource_condition,
            "beneficiary_email": request.beneficiary_email,
            "start_time": NOW,
            "end_time": NOW + timedelta(minutes=request.minutes),
        }
        | values
    )


def review(
    request: Request,
    decision: Decision,
    comment: str = "",
    *,
    by: str = "bob@example.com",
    **values: Any,
) -> Review:
    """Create Bob's review, or that of another person."""
    return Review.objects.create(
        **{
            "request": request,
            "reviewer": person(by),
            "reviewer_email": by,
            "stage": request.stage or 1,
            "part": ReviewerPart.PEER,
            "decision": decision,
            "comment": comment,
            "decided_at": NOW,
            "channel": "web",
        }
        | values
    )


class Clock:
    """A clock that only `forward` advances."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **time: float) -> None:
        self.now += timedelta(**time)
