"""IAM Credentials: a service account impersonates itself to get other scopes."""

from datetime import UTC, datetime, timedelta
from typing import Any

from simulator.errors import denied, invalid
from simulator.google_api import ApiCall, GoogleRoute, google_api

LONGEST = 3600


def generate_access_token(call: ApiCall) -> dict[str, Any]:
    """generateAccessToken."""
    prefix, _, account = call.path["name"].rpartition("/")
    if prefix != "projects/-/serviceAccounts":
        raise invalid("Invalid form of account ID. Should be projects/-/serviceAccounts/{EMAIL}.")
    allowed = call.world.self_impersonation and call.principal == call.world.service_account
    if account != call.world.service_account or not allowed:
        raise denied("iam.serviceAccounts.getAccessToken", call.path["name"])
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


def routes() -> list[GoogleRoute]:
    """Return the methods of this service."""
    method = "projects.serviceAccounts.generateAccessToken"
    return google_api(
        "iamcredentials.v1", {method: generate_access_token}, prefix="projects.serviceAccounts."
    )
