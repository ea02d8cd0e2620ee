"""Cloud Asset: searches all policies, with the same lag as the other answers of this service.

Titles and descriptions of conditions are not searched: Google promises no more than "conditions".
"""

import re
import time
from collections.abc import Iterator
from typing import Any

from simulator.cloud_asset import scope_of
from simulator.errors import invalid
from simulator.google_api import ApiCall, GoogleRoute, google_api
from simulator.paging import listed, page, with_token
from simulator.resources import Policy, Resource
from simulator.search_query import Query

DEFAULT_PAGE = 100
LARGEST_PAGE = 500
ASSET_TYPES = {
    "projects": "cloudresourcemanager.googleapis.com/Project",
    "folders": "cloudresourcemanager.googleapis.com/Folder",
    "organizations": "cloudresourcemanager.googleapis.com/Organization",
}
FIELDS = ("policy", "roles", "memberTypes", "resource", "project", "folders", "organization")


def search_all_iam_policies(call: ApiCall) -> dict[str, Any]:
    """searchAllIamPolicies."""
    size = call.number("pageSize", DEFAULT_PAGE)
    size = min(size, LARGEST_PAGE) if size > 0 else DEFAULT_PAGE
    query = Query(call.text("query"), FIELDS)
    kinds = kinds_asked_for(call.query.get("assetTypes", []))
    with call.world.company.lock:
        scope = scope_of(call)
        found = listed(
            call.world,
            ("policies", scope.name, call.text("query"), frozenset(kinds)),
            lambda: list(results(call, scope, query, kinds)),
        )
    part, token = page(call.world, found, size=size, token=call.text("pageToken"))
    return with_token({"results": part}, token)


def kinds_asked_for(patterns: list[str]) -> set[str]:
    """Return projects, folders, organizations: those whose asset type matches, or all.

    :raises ApiError: 400 when a pattern is invalid, or matches no type of this cloud.
    """
    kinds = set() if patterns else set(ASSET_TYPES)
    for pattern in patterns:
        try:
            fitting = {kind for kind, name in ASSET_TYPES.items() if re.fullmatch(pattern, name)}
        except re.error as error:
            raise invalid(f"Invalid asset type: {pattern}.") from error
        if not fitting:
            raise invalid(f"Unsupported asset type: {pattern}.")
        kinds |= fitting
    return kinds


def results(
    call: ApiCall, scope: Resource, query: Query, kinds: set[str]
) -> Iterator[dict[str, Any]]:
    """Return one result per resource with a matching binding, ordered by name."""
    company, moment = call.world.company, time.monotonic() - call.world.asset_lag
    for resource in sorted(company.resources.values(), key=lambda each: each.full_name):
        left_out = resource.name in call.world.left_out_by_search
        if resource.kind not in kinds or not resource.visible or left_out:
            continue
        chain = company.ancestry(resource)
        if scope not in chain:
            continue
        place = place_of(resource, chain)
        bindings = matching(query, resource.policy_as_of(moment), place)
        if bindings:
            yield place | {"policy": {"bindings": bindings}}


def place_of(resource: Resource, chain: list[Resource]) -> dict[str, Any]:
    """Return the resource's name and its ancestors, by numbers."""
    folders = [f"folders/{each.number}" for each in chain if each.kind == "folders"]
    place: dict[str, Any] = {
        "resource": resource.full_name,
        "assetType": ASSET_TYPES[resource.kind],
        "organization": chain[-1].name,
    }
    place |= {"folders": folders} if folders else {}
    return place | (
        {"project": f"projects/{resource.number}"} if resource.kind == "projects" else {}
    )


def matching(query: Query, policy: Policy, place: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the matching bindings, with their conditions."""
    where = {
        "resource": (place["resource"],),
        "project": (place.get("project", ""),),
        "folders": tuple(place.get("folders", ())),
        "organization": (place["organization"],),
    }
    return [binding for binding in policy["bindings"] if query.matches(where | searchable(binding))]


def searchable(binding: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return the searchable texts of a binding."""
    role, members = str(binding.get("role", "")), tuple(binding.get("members") or ())
    expression = str((binding.get("condition") or {}).get("expression") or "")
    return {
        "policy": (role, *members, expression),
        "roles": (role,),
        "memberTypes": tuple(member.partition(":")[0] for member in members),
    }


def routes() -> list[GoogleRoute]:
    """Return the methods of this service."""
    return google_api("cloudasset.v1", {"searchAllIamPolicies": search_all_iam_policies})
