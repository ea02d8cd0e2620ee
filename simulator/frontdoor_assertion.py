"""The headers in which IAP says who a person is, right and deliberately wrong."""

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
    """What IAP adds to a request of a person."""
    headers = {
        "X-Goog-Authenticated-User-Email": f"accounts.google.com:{user.email}",
        "X-Goog-Authenticated-User-Id": user.subject,
    }
    assertion = signed(world, user, tested_fault(request))
    return headers | ({ASSERTION: assertion} if assertion else {})


def tested_fault(request: Request) -> str:
    """Which broken assertion is asked for: IAP's own smoke test after a deployment."""
    query = request.query
    if query.get("gcp-iap-mode") != ["SECURE_TOKEN_TEST"]:
        return ""
    return query.get("iap-secure-token-test-type", [""])[0]


def signed(world: World, user: User, fault: str) -> str:
    """A fresh assertion, broken as asked."""
    if fault == "NOT_SET":
        return ""
    now = time.time()
    claims = claims_for(user, world.audience, now) | broken_claims(fault, int(now))
    key = ec.generate_private_key(ec.SECP256R1()) if fault == "SIGNATURE" else None
    return world.iap.sign(claims, key=key)


def broken_claims(fault: str, now: int) -> dict[str, Any]:
    """The claims that a test replaces."""
    claims: dict[str, dict[str, Any]] = {
        "FUTURE_ISSUE": {"iat": now + HOUR, "exp": now + HOUR + 600},
        "PAST_EXPIRATION": {"iat": now - HOUR, "exp": now - HOUR + 600},
        "ISSUER": {"iss": "https://cloud.google.com/not-iap"},
        "AUDIENCE": {"aud": "/projects/1/global/backendServices/1"},
        # Not a test of Google's: somebody who signs in through workforce identity federation.
        "WORKFORCE": {"sub": "sts.google.com:AAA", "identity_source": "WORKFORCE_IDENTITY"},
    }
    return claims.get(fault, {})


def trace_context() -> str:
    """A new trace, as Google's load balancers name it."""
    return f"{secrets.token_hex(16)}/{secrets.randbelow(2**63)};o=1"
