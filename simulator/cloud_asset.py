"""Cloud Asset: effective policies, optionally out of date by a configured lag."""

import time
from typing import Any

from simulator.errors import ApiError, denied, invalid
from simulator.google_api import ApiCall, GoogleRoute, google_api
from simulator.policy_form import as_requested
from simulator.resources import EMPTY_ETAG, Resource

MOST_NAMES = 20
PREFIX = "//cloudresourcemanager.googleapis.com/"


def batch_get(call: ApiCall) -> dict[str, Any]:
    """effectiveIamPolicies.batchGet."""
    names = call.query.get("names", [])
    if not names:
        raise invalid("Missing required field: names")
    if len(names) > MOST_NAMES:
        raise invalid(f"The number of names ({len(names)}) exceeds the maximum of {MOST_NAMES}.")
    with call.world.company.lock:
        scope = scope_of(call)
        return {"policyResults": [effective(call, scope, name) for name in names]}


def scope_of(call: ApiCall) -> Resource:
    """Return the resource that limits the query."""
    name = call.path["scope"]
    if name.partition("/")[0] not in ("organizations", "folders", "projects"):
        raise invalid(f"Invalid scope: {name}.")
    scope = call.world.company.find(name)
    if scope is None or not scope.visible:
        raise denied("cloudasset.assets.searchAllIamPolicies", name)
    return scope


def effective(call: ApiCall, scope: Resource, name: str) -> dict[str, Any]:
    """Return the policies from one resource up to the scope."""
    chain = chain_to(call, scope, name)
    moment = time.monotonic() - call.world.asset_lag
    standing = [(each.full_name, each.policy_as_of(moment)) for each in chain]
    policies = [
        {"attachedResource": attached, "policy": as_requested(policy, version=3)}
        for attached, policy in standing
        if policy["etag"] != EMPTY_ETAG
    ]
    return {"fullResourceName": name} | ({"policies": policies} if policies else {})


def chain_to(call: ApiCall, scope: Resource, name: str) -> list[Resource]:
    """Return the resource and its ancestors, up to the scope.

    :raises ApiError: 400 for a bad name, 404 for an unknown resource or one outside the scope.
    """
    if not name.startswith(PREFIX) or name.count("/") != 4:
        raise invalid(f"Invalid full resource name: {name}.")
    resource = call.world.company.find(name.removeprefix(PREFIX))
    if resource is None or not resource.visible:
        raise ApiError(404, f"Resource {name} not found.")
    chain = call.world.company.ancestry(resource)
    if scope not in chain:
        raise ApiError(404, f"Resource {name} not found in scope {scope.name}.")
    return chain[: chain.index(scope) + 1]


def routes() -> list[GoogleRoute]:
    """Return the methods of this service."""
    return google_api("cloudasset.v1", {"effectiveIamPolicies.batchGet": batch_get})
