"""IAM: the roles that can be granted on a resource."""

import re
from typing import Any

from simulator.errors import denied, invalid
from simulator.google_api import ApiCall, GoogleRoute, google_api
from simulator.paging import page, with_token
from simulator.resources import Resource
from simulator.roles import is_grantable, known_roles

DEFAULT_PAGE = 300
LARGEST_PAGE = 3000
PREFIX = "//cloudresourcemanager.googleapis.com/"


def query_grantable_roles(call: ApiCall) -> dict[str, Any]:
    """roles.queryGrantableRoles."""
    company = call.world.company
    resource = resource_asked_for(call)
    with company.lock:
        names = [name for name in known_roles(company) if is_grantable(company, name, resource)]
    size = call.body.get("pageSize") or DEFAULT_PAGE
    if not 0 < size <= LARGEST_PAGE:
        raise invalid(f"Page size must be between 1 and {LARGEST_PAGE}.")
    token = call.body.get("pageToken") or ""
    part, token = page(call.world, names, size=size, token=token)
    return with_token({"roles": [as_role(name) for name in part]}, token)


def resource_asked_for(call: ApiCall) -> Resource:
    """Return the resource with that full name.

    :raises ApiError: 400 for a bad name, 403 for an unknown or invisible resource.
    """
    name = call.body.get("fullResourceName") or ""
    if not name.startswith(PREFIX):
        raise invalid(f"Invalid full resource name: {name}.")
    resource = call.world.company.find(name.removeprefix(PREFIX))
    if resource is None or not resource.visible:
        raise denied("resourcemanager.projects.getIamPolicy", name)
    return resource


def as_role(name: str) -> dict[str, str]:
    """Return a role in the form of the basic view."""
    words = re.sub(r"([a-z])([A-Z])", r"\1 \2", name.rpartition("/")[2].replace(".", " "))
    return {"name": name, "title": words.title(), "description": f"{words.title()}.", "stage": "GA"}


def routes() -> list[GoogleRoute]:
    """Return the methods of this service."""
    return google_api("iam.v1", {"roles.queryGrantableRoles": query_grantable_roles})
