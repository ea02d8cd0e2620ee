"""The identity headers of IAP, valid and deliberately invalid."""

import secrets
import time
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from simulator.exchange import Request
from simulator.iap import claims_for
from simulator.people import User
from simulator.world import World

ASSERTION = "X-Goog-IAP-JWT-Assertion"
HOUR = 3600


def identity_headers(world: World, user: User, request: Request) -> dict[str, str]:
    """Return the headers that IAP adds to a request of this person."""
    headers = {
        "X-Goog-Authenticated-User-Email": f"accounts.google.com:{user.email}",
        "X-Goog-Authenticated-User-Id": user.subject,
    }
    assertion = signed(world, user, tested_fault(request))
    return headers | ({ASSERTION: assertion} if assertion else {})


def tested_fault(request: Request) -> str:
    """Return the fault that the request asks for, as in IAP's own test after a deployment."""
    query = request.query
    if query.get("gcp-iap-mode") != ["SECURE_TOKEN_TEST"]:
        return ""
    return query.get("iap-secure-token-test-type", [""])[0]


def signed(world: World, user: User, fault: str) -> str:
    """Return a new assertion with this fault."""
    if fault == "NOT_SET":
        return ""
    now = time.time()
    claims = claims_for(user, world.audience, now) | broken_claims(fault, int(now))
    key = ec.generate_private_key(ec.SECP256R1()) if fault == "SIGNATURE" else None
    return world.iap.sign(claims, key=key)


def broken_claims(fault: str, now: int) -> dict[str, Any]:
    """Return the claims that this fault replaces."""
    claims: dict[str, dict[str, Any]] = {
        "FUTURE_ISSUE": {"iat": now + HOUR, "exp": now + HOUR + 600},
        "PAST_EXPIRATION": {"iat": now - HOUR, "exp": now - HOUR + 600},
        "ISSUER": {"iss": "https://cloud.google.com/not-iap"},
        "AUDIENCE": {"aud": "/projects/1/global/backendServices/1"},
        # Not one of Google's faults: a person who signs in through workforce identity federation.
        "WORKFORCE": {"sub": "sts.google.com:AAA", "identity_source": "WORKFORCE_IDENTITY"},
    }
    return claims.get(fault, {})


def trace_context() -> str:
    """Return a new trace context in the form of Google's load balancers."""
    return f"{secrets.token_hex(16)}/{secrets.randbelow(2**63)};o=1"
