"""The person who makes a request, and the record of a new request."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from activations.domain.caller import Caller, current_trace, own_trace
from activations.domain.chain import canonical_json
from activations.domain.request_details import RequestDetails
from activations.domain.rules import Refusal
from activations.models import Request, User


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, their connection, and the base URL of links in their mails."""

    user: User
    caller: Caller
    base_url: str


def fingerprint(content: Mapping[str, Any]) -> str:
    """Return a hash that distinguishes a repeated request from another one with the same key."""
    return hashlib.sha256(canonical_json(content).encode()).hexdigest()


def repeated_request(*, user: User, key: str, fingerprint: str) -> Request | None:
    """Return the request that this form or call made before, or None.

    :raises Refusal: when the key was used for another request.
    """
    if not key:
        return None
    found = Request.objects.filter(beneficiary=user, idempotency_key=key).first()
    if found and found.fingerprint != fingerprint:
        raise Refusal("This Idempotency-Key was used for another request. Use a new key")
    return found


def draft(actor: Actor, *, now: datetime, details: RequestDetails, **facts: Any) -> Request:
    """Return an unsaved request with the actor's data and these fields."""
    caller = actor.caller
    return Request(
        beneficiary=actor.user,
        beneficiary_email=actor.user.email,
        requested_at=now,
        base_url=actor.base_url,
        channel=caller.channel,
        address=caller.address,
        device_id=caller.device_id[:255],
        access_levels=", ".join(caller.access_levels)[:1000],
        trace=own_trace.get(),
        **details.values(),
        **facts,
    )


def origin(request: Request, caller: Caller) -> dict[str, Any]:
    """Return what the evidence records about the origin of a step."""
    return {
        "channel": caller.channel,
        "address": caller.address,
        "device_id": caller.device_id,
        "access_levels": list(caller.access_levels),
        "trace": own_trace.get() or request.trace,
        "client_trace": current_trace.get(),
    }
