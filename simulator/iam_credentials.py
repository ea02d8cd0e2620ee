"""IAM Credentials: a service account impersonates itself to get other scopes, and signs as itself."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from simulator.errors import denied, invalid
from simulator.exchange import Answer, Request, json_answer
from simulator.google_api import ApiCall, GoogleRoute, google_api
from simulator.routes import PlainRoute
from simulator.world import World

LONGEST = 3600
LONGEST_JWT = 12 * 3600
KEYS = "/service_accounts/v1/metadata/jwk/"


def generate_access_token(call: ApiCall) -> dict[str, Any]:
    """generateAccessToken."""
    account = _own_account(call, "iam.serviceAccounts.getAccessToken")
    scopes = call.body.get("scope") or []
    if not scopes:
        raise invalid("Scope is required.")
    lifetime = seconds(call.body.get("lifetime") or f"{LONGEST}s")
    token = call.world.token(*scopes, principal=account, lifetime=lifetime)
    expires = datetime.now(UTC) + timedelta(seconds=lifetime)
    return {"accessToken": token, "expireTime": expires.strftime("%Y-%m-%dT%H:%M:%SZ")}


def seconds(duration: str) -> int:
    """Return the seconds of a duration like `3600s`.

    :raises ApiError: 400 when it is not a duration, or longer than an hour.
    """
    number = duration.removesuffix("s")
    if not duration.endswith("s") or not number.isdigit():
        raise invalid(
            f"Invalid value at 'lifetime' (type.googleapis.com/google.protobuf.Duration), \"{duration}\""
        )
    if not 0 < int(number) <= LONGEST:
        raise invalid("The access token lifetime cannot exceed 3600 seconds.")
    return int(number)


def sign_jwt(call: ApiCall) -> dict[str, Any]:
    """signJwt: the payload is a JSON object as text; `exp` may be missing."""
    _own_account(call, "iam.serviceAccounts.signJwt")
    try:
        claims = json.loads(call.body.get("payload") or "")
    except ValueError:
        claims = None
    if not isinstance(claims, dict):
        raise invalid("The payload must be a valid JSON object.")
    ends = claims.get("exp", int(time.time()) + LONGEST)
    if not isinstance(ends, int) or not 0 < ends - time.time() <= LONGEST_JWT:
        raise invalid("The expiration time claim must be within the next 12 hours.")
    signer = call.world.account_key
    return {"keyId": signer.KEY_ID, "signedJwt": signer.signed(claims)}


def keys(world: World, request: Request) -> Answer:
    """Return the public keys of the service account as JSON Web Keys."""
    if request.path.removeprefix(KEYS) != world.service_account:
        return json_answer({"error": {"code": 404, "message": "Not found"}}, 404)
    return json_answer({"keys": [world.account_key.public_jwk()]})


def _own_account(call: ApiCall, permission: str) -> str:
    """Return the account of the call, which must be the caller's own, and granted to itself."""
    prefix, _, account = call.path["name"].rpartition("/")
    if prefix != "projects/-/serviceAccounts":
        raise invalid("Invalid form of account ID. Should be projects/-/serviceAccounts/{EMAIL}.")
    allowed = call.world.self_impersonation and call.principal == call.world.service_account
    if account != call.world.service_account or not allowed:
        raise denied(permission, call.path["name"])
    return account


def routes() -> list[GoogleRoute | PlainRoute]:
    """Return the methods of this service."""
    methods = {"generateAccessToken": generate_access_token, "signJwt": sign_jwt}
    prefix = "projects.serviceAccounts."
    handlers = {f"{prefix}{name}": handler for name, handler in methods.items()}
    return [
        *google_api("iamcredentials.v1", handlers, prefix=prefix),
        PlainRoute("serviceaccounts.jwk", KEYS, keys),
    ]
