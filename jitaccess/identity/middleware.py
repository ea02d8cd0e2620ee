"""Lets in people whom IAP's assertion identifies, by its stable subject, and refuses all other requests."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from functools import partial
from typing import cast

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from activations.domain.caller import Caller, current_caller
from activations.domain.refusals import Stopped
from activations.evidence.recording import recording
from activations.models import Stop, User
from activations.people.addresses import (
    RESOLUTION,
    OutdatedAssertion,
    renew_assertion,
    show_address,
)
from activations.people.adopted import recognise_holder
from activations.people.arriving import Arriving, arriving
from activations.people.stops import active_stop, recognise
from googlecloud.errors import GoogleCloudError
from googlecloud.iap import IapClaims, InvalidAssertion, UnsupportedIdentity
from jitaccess.errors import Answer, NoAudience, answer, answer_for
from jitaccess.identity.assertion import HEADER, expected_audiences, verify
from jitaccess.identity.permissions import permission_finder

# "Last seen" is for operators and does not need a write on every request.
SEEN_RESOLUTION = timedelta(hours=1)
ATTEMPTS = 3
logger = logging.getLogger("jitaccess.identity")
MISSING = "Identity-Aware Proxy must be enabled for this application"
INVALID = "Invalid IAP assertion"
UNSUPPORTED = "You are signed in with {source}. JIT Access supports Google accounts of people only"
USE_GOOGLE = (
    "Sign in with a Google account (Google Workspace or Cloud Identity)."
    " Service accounts and external identities cannot use JIT Access."
)
ADVICE = "Reload the page to sign in again. If that does not help, tell your administrator the number below."
LONGEST_ADDRESS = 64


def person(claims: IapClaims, *, now: datetime) -> tuple[User, Stop | None]:
    """Return the user of these verified claims and their active stop, and update a changed address. Usually one query.

    :raises activations.people.addresses.OutdatedAssertion: when the address moved to another
        account after IAP issued this assertion.
    """
    found = arriving(subject=claims.sub, email=claims.email)
    if found and _is_still_theirs(found, claims, now):
        return found.user, active_stop(found.user) if found.is_stopped else None
    user = _recorded(claims, now)
    return user, active_stop(user)


def _recorded(claims: IapClaims, now: datetime) -> User:
    for _ in range(ATTEMPTS - 1):
        try:
            return _seen(claims, now)
        except IntegrityError:
            continue  # another request created the same row, or moved the same address
    return _seen(claims, now)


def _is_still_theirs(found: Arriving, claims: IapClaims, now: datetime) -> bool:
    """Return whether the address still belongs to this user; record its use without a lock."""
    user, asserted = found.user, found.asserted_at
    if asserted is None or user.email != claims.email:
        return False
    if claims.issued_at - asserted > RESOLUTION and not renew_assertion(user, claims.issued_at):
        return False
    if now - user.last_seen > SEEN_RESOLUTION:
        User.objects.filter(pk=user.pk).update(last_seen=now)
        user.last_seen = now
        recognise_holder(user, now=now)
    return True


def _seen(claims: IapClaims, now: datetime) -> User:
    with recording():
        user, made = User.objects.get_or_create(
            subject=claims.sub,
            defaults={"email": claims.email, "first_seen": now, "last_seen": now},
        )
        show_address(user, claims.email, asserted_at=claims.issued_at, now=now)
        if not made:
            user.email, user.last_seen = claims.email, now
            user.save(update_fields=["email", "last_seen"])
        recognise_holder(user, now=now)
    return user


class IapMiddleware(AuthenticationMiddleware):
    """Sets `request.user` and `request.caller` from the assertion; uses no session.

    It inherits from AuthenticationMiddleware because Django's admin requires one.
    """

    def __call__(self, request: HttpRequest) -> HttpResponse:
        now = timezone.now()
        token = request.headers.get(HEADER, "")
        if not token:
            self._log("Missing IAP assertion in header, IAP might be disabled")
            return answer(request, Answer(403, MISSING, ADVICE))
        try:
            claims = verify(token, now=now)
        except UnsupportedIdentity as error:
            self._log(f"Refused {error.source}: {error.reason}. Only Google accounts are supported")
            return answer(request, Answer(403, UNSUPPORTED.format(source=error.source), USE_GOOGLE))
        except InvalidAssertion as error:
            self._log(
                "Verifying IAP assertion failed. This might be because the IAP assertion was"
                " tampered with, or because it had the wrong audience"
                f" (expected audience: {', '.join(expected_audiences())}).: {error}"
            )
            return answer(request, Answer(403, INVALID, ADVICE))
        except (GoogleCloudError, NoAudience) as error:
            self._log(f"Verifying IAP assertion failed: {error}")
            return answer_for(request, error)
        try:
            stop = self._admit(request, claims, now)
        except OutdatedAssertion as error:
            self._log(f"Refused {claims.sub}: {error}")
            return answer(request, Answer(403, str(error), ADVICE))
        if stop:
            return answer_for(request, Stopped(stop.refusal))
        return cast(HttpResponse, self.get_response(request))

    def _admit(self, request: HttpRequest, claims: IapClaims, now: datetime) -> Stop | None:
        """Set the caller of this request; return the active stop of a person who was stopped."""
        caller = Caller(
            email=claims.email,
            subject=claims.sub,
            device_id=claims.device_id,
            access_levels=claims.access_levels,
            address=address_of(request),
            channel="api" if request.path.startswith("/api/") else "web",
        )
        user, stop = person(claims, now=now)
        current_caller.set(caller)
        if stop:
            recognise(stop, user)
            return stop
        user.find_permissions = partial(permission_finder.permissions_of, user, now)
        request.user = user
        request.caller = caller  # type: ignore[attr-defined]  # our own attribute, read in activations.pages and api
        if caller.channel == "api":
            logger.info("Authenticated IAP principal", extra={"event": "iap.authenticate"})
        return None

    def _log(self, message: str) -> None:
        logger.error(message, extra={"event": "iap.authenticate"})


def address_of(request: HttpRequest) -> str:
    """Return the address that Google's front end appended to X-Forwarded-For.

    Entries that the client wrote itself are ignored. Behind an external load balancer the list ends
    with `client, load balancer`, otherwise with the client.
    """
    forwarded = [
        p.strip() for p in request.headers.get("X-Forwarded-For", "").split(",") if p.strip()
    ]
    if not forwarded:
        return str(request.META.get("REMOTE_ADDR", ""))[:LONGEST_ADDRESS]
    has_both = _is_behind_load_balancer() and len(forwarded) > 1
    return forwarded[-2 if has_both else -1][:LONGEST_ADDRESS]


def _is_behind_load_balancer() -> bool:
    """Return whether IAP is on a backend service; only those of load balancers are protected by it."""
    audiences = settings.IAP_AUDIENCE
    if audiences:
        return all("/backendServices/" in audience for audience in audiences)
    return bool(settings.IAP_BACKEND_SERVICE_ID)
