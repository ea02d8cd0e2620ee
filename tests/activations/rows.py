"""Creates rows for tests that need no cloud."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from activations.domain.caller import Caller
from activations.domain.states import EndReason, GrantState, RequestState
from activations.models import Grant, Request, User

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
ALICE = Caller(email="alice@example.com", subject="accounts.google.com:1")


def user(email: str = "alice@example.com") -> User:
    """Return the person, creating them if needed."""
    return User.objects.get_or_create(
        subject=f"subject of {email}",
        defaults={"email": email, "first_seen": NOON, "last_seen": NOON},
    )[0]


def request(
    *states: GrantState, of: User | None = None, at: datetime = NOON, **fields: Any
) -> Request:
    """Create an approved request for an hour, with a grant in each of these states."""
    beneficiary = of or user()
    made = Request.objects.create(
        beneficiary=beneficiary,
        beneficiary_email=beneficiary.email,
        requested_at=at,
        **{
            "state": RequestState.APPROVED,
            "activation_type": "JIT",
            "project_id": "shop-prod",
            "minutes": 60,
            "justification": "CASE-1",
            "channel": "api",
            "fingerprint": "",
        }
        | fields,
    )
    for number, state in enumerate(states):
        grant(made, state, role=f"roles/r{number}")
    return made


def grant(of: Request, state: GrantState = GrantState.ACTIVE, **fields: Any) -> Grant:
    """Create a grant of a request for the requested duration."""
    reason = EndReason.EXPIRED.value if state is GrantState.ENDED else ""
    made = Grant(
        request=of,
        state=state,
        beneficiary_email=of.beneficiary_email,
        **{
            "project_id": of.project_id,
            "role": "roles/browser",
            "start_time": of.requested_at,
            "end_time": of.requested_at + timedelta(minutes=of.minutes),
            "end_reason": reason,
            "failure": "mock" if state is GrantState.FAILED else "",
        }
        | fields,
    )
    made.save()
    return made
