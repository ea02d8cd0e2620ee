"""Cloud Asset: searches all projects, folders and organizations, by asset type and scope."""

from typing import Any

from simulator.cloud_asset import scope_of
from simulator.company import Company
from simulator.errors import invalid
from simulator.google_api import ApiCall, GoogleRoute, google_api
from simulator.paging import listed, page, with_token
from simulator.policy_search import (
    ASSET_TYPES,
    DEFAULT_PAGE,
    LARGEST_PAGE,
    kinds_asked_for,
    place_of,
)
from simulator.resources import Resource


def search_all_resources(call: ApiCall) -> dict[str, Any]:
    """searchAllResources; only the empty query, which finds everything."""
    size = call.number("pageSize", DEFAULT_PAGE)
    size = min(size, LARGEST_PAGE) if size > 0 else DEFAULT_PAGE
    if call.text("query"):
        raise invalid("Invalid query: this simulator searches resources by type and scope only.")
    kinds = kinds_asked_for(call.query.get("assetTypes", []))
    company = call.world.company
    with company.lock:
        scope = scope_of(call)
        key = ("resources", scope.name, frozenset(kinds))
        found = listed(call.world, key, lambda: matching(company, scope, kinds))
    part, token = page(call.world, found, size=size, token=call.text("pageToken"))
    return with_token({"results": [as_result(*each) for each in part]}, token)


def matching(
    company: Company, scope: Resource, kinds: set[str]
) -> list[tuple[Resource, list[Resource]]]:
    """Return the visible resources below the scope, each with its ancestry, ordered by name."""
    return [
        (resource, chain)
        for resource in sorted(company.resources.values(), key=lambda each: each.full_name)
        if resource.kind in kinds and resource.visible
        if scope in (chain := company.ancestry(resource))
    ]


def as_result(resource: Resource, chain: list[Resource]) -> dict[str, Any]:
    """Return a resource in Google's JSON form."""
    place = place_of(resource, chain)
    result: dict[str, Any] = {
        "name": place.pop("resource"),
        **place,
        "displayName": resource.display_name,
        "state": resource.state,
    }
    if resource.kind == "projects":
        result["additionalAttributes"] = {"projectId": resource.id}
    if len(chain) > 1:
        result["parentFullResourceName"] = chain[1].full_name
        result["parentAssetType"] = ASSET_TYPES[chain[1].kind]
    return result


def routes() -> list[GoogleRoute]:
    """Return the methods of this service."""
    return google_api("cloudasset.v1", {"searchAllResources": search_all_resources})
