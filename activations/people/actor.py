"""The person who makes a request, as the identity layer found them, and the record of a new request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from activations.domain.caller import Caller, current_trace, own_trace
from activations.domain.chain import sha256_of
from activations.domain.request_details import RequestDetails
from activations.domain.rules import Refusal
from activations.models import Request, User
from googlecloud.errors import GoogleCloudError

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, their connection, and the base URL of links in their mails."""

    user: User
    caller: Caller
    base_url: str


def fingerprint(content: Mapping[str, Any]) -> str:
    """Return a hash that distinguishes a repeated request from another one with the same key."""
    return sha256_of(content)


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
        **details.as_of(now).values(),
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


def base_url(request: HttpRequest) -> str:
    """Return BASE_URL, or https and this request's host. Only loopback hosts get plain http."""
    if settings.BASE_URL:
        return str(settings.BASE_URL)
    host = request.get_host()
    scheme = "http" if urlsplit(f"//{host}").hostname in LOOPBACK else "https"
    return f"{scheme}://{host}"


def user_of(request: HttpRequest) -> User:
    """Return the signed-in user.

    :raises PermissionDenied: when nobody is signed in, which the middleware does not allow.
    """
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        raise PermissionDenied
    return user


def is_administrator(request: HttpRequest) -> bool:
    """Whether an administrator is calling; False while Google cannot say, because this only shows more.

    :raises PermissionDenied: when nobody was let in.
    """
    try:
        return user_of(request).permissions.is_administrator
    except GoogleCloudError:
        return False


def caller_of(request: HttpRequest) -> Caller:
    """Return the signed-in caller.

    :raises PermissionDenied: when nobody is signed in.
    """
    caller = getattr(request, "caller", None)
    if not isinstance(caller, Caller):
        raise PermissionDenied
    return caller


def actor_of(request: HttpRequest) -> Actor:
    """Return the signed-in user with caller and base URL.

    :raises PermissionDenied: when nobody is signed in.
    """
    return Actor(user_of(request), caller_of(request), base_url(request))
