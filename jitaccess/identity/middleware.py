"""Refuses requests without a valid assertion of IAP."""

from __future__ import annotations

import logging
from datetime import datetime
from functools import partial
from typing import cast

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from activations.domain.caller import Caller, current_caller
from activations.domain.refusals import Stopped
from activations.models import Stop
from activations.people.addresses import OutdatedAssertion
from activations.people.stops import active_stop, recognise
from googlecloud.errors import GoogleCloudError
from googlecloud.iap import IapClaims, InvalidAssertion, UnsupportedIdentity
from jitaccess.deployment import NoAudience, expected_audiences
from jitaccess.errors import Answer, answer, answer_for
from jitaccess.identity.assertion import HEADER, verify
from jitaccess.identity.people import person
from jitaccess.identity.permissions import permission_finder

logger = logging.getLogger("jitaccess.identity")

MISSING = "Identity-Aware Proxy must be enabled for this application"
INVALID = "Invalid IAP assertion"
UNSUPPORTED = "You are signed in with {source}. JIT Access supports Google accounts of people only"
USE_GOOGLE = (
    "Sign in with a Google account (Google Workspace or Cloud Identity)."
    " Service accounts and external identities cannot use JIT Access."
)
ADVICE = "Reload the page to sign in again. If that does not help, tell your administrator the number below."


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
        user = person(claims, now=now)
        current_caller.set(caller)
        if stop := active_stop(user):
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


LONGEST_ADDRESS = 64


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
    behind_load_balancer = bool(settings.IAP_BACKEND_SERVICE_ID) and len(forwarded) > 1
    return forwarded[-2 if behind_load_balancer else -1][:LONGEST_ADDRESS]
