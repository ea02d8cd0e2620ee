"""Creates rows of the history in the same way as the application, with a complete chain."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction

from activations.domain.states import GrantState, RequestState
from activations.evidence.recording import Step, record
from activations.models import Grant, Request, User

NOON = datetime(2025, 3, 10, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
MPA: dict[str, Any] = {"activation_type": "MPA", "role": "roles/browser", "role_key": "0" * 64}


def person(email: str) -> User:
    return User.objects.get_or_create(
        subject=f"accounts.google.com:{email}",
        defaults={"email": email, "first_seen": NOON, "last_seen": NOON},
    )[0]


def request(at: datetime = NOON, *, email: str = "alice@example.com", **values: Any) -> Request:
    """Create a request without grants."""
    facts = {
        "state": RequestState.APPROVED,
        "activation_type": "JIT",
        "project_id": "billing-prod",
        "minutes": 60,
        "justification": "bug 42",
        "channel": "web",
        "fingerprint": "0" * 64,
    }
    row = Request(
        beneficiary=person(email),
        beneficiary_email=email,
        requested_at=at,
        **(facts | values),
    )
    with transaction.atomic():
        row.save(force_insert=True)
        record(Step(kind="request.self_approved", at=at, request=row, became=row.state))
    return row


def grant(
    start: datetime = NOON, *, of: Request | None = None, lasting: timedelta = HOUR, **values: Any
) -> Grant:
    """Create a grant and its request; by default the grant is active from `start` on."""
    of = of or request(start)
    facts = {"state": GrantState.ACTIVE, "role": "roles/compute.admin"}
    if values.get("state") == GrantState.FAILED:
        facts |= {"failure": "Permission denied", "failure_kind": "Denied"}
    if values.get("state") == GrantState.ENDED:
        facts |= {"end_reason": "expired"}
    row = Grant(
        request=of,
        project_id=of.project_id,
        beneficiary_email=of.beneficiary_email,
        start_time=start,
        end_time=start + lasting,
        **(facts | values),
    )
    with transaction.atomic():
        row.save(force_insert=True)
        record(Step(kind=f"grant.{row.state}", at=start, grant=row, became=row.state))
    return row
