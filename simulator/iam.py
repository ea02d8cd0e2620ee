"""IAM: the roles that can be granted on a resource, and what roles are called."""

import re
from typing import Any

from simulator.company import Company
from simulator.errors import ApiError, denied, invalid
from simulator.google_api import ApiCall, GoogleRoute, google_api
from simulator.paging import page, with_token
from simulator.resources import Resource
from simulator.role_titles import TITLES
from simulator.roles import is_grantable, known_roles

DEFAULT_PAGE = 300
LARGEST_PAGE = 3000
LARGEST_LIST = 1000
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
    return with_token({"roles": [as_role(name, company) for name in part]}, token)


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


def list_roles(call: ApiCall) -> dict[str, Any]:
    """roles.list: the predefined roles."""
    company = call.world.company
    with company.lock:
        names = [name for name in known_roles(company) if name.startswith("roles/")]
    size = call.number("pageSize", DEFAULT_PAGE) or DEFAULT_PAGE
    if not 0 < size <= LARGEST_LIST:
        raise invalid(f"Page size must be between 1 and {LARGEST_LIST}.")
    part, token = page(call.world, names, size=size, token=call.text("pageToken"))
    return with_token({"roles": [as_role(name, company) for name in part]}, token)


def get_role(call: ApiCall) -> dict[str, Any]:
    """roles.get, projects.roles.get and organizations.roles.get."""
    name, company = call.path["name"], call.world.company
    with company.lock:
        if name not in known_roles(company):
            raise ApiError(404, f"The role named {name} was not found.")
        return {**as_role(name, company), "includedPermissions": permissions_of(name)}


def permissions_of(name: str) -> list[str]:
    """Return some permissions for a role: those that change policies for administrators of IAM, reading for all."""
    service, _, what = name.rpartition("/")[2].rpartition(".")
    found = [f"{service or 'resourcemanager'}.{what}.get"]
    if "iam" in name.lower() or what.lower() in {"securityadmin", "owner"}:
        found.append("resourcemanager.projects.setIamPolicy")
    elif service == "storage" and what == "admin":
        found.append("storage.buckets.setIamPolicy")
    return found


def as_role(name: str, company: Company) -> dict[str, str]:
    """Return a role in the form of the basic view."""
    words = re.sub(r"([a-z])([A-Z])", r"\1 \2", name.rpartition("/")[2].replace(".", " "))
    title = company.role_titles.get(name) or TITLES.get(name) or words.title()
    return {"name": name, "title": title, "description": f"{title}.", "stage": "GA"}


def routes() -> list[GoogleRoute]:
    """Return the methods of this service."""
    handlers = {
        "roles.queryGrantableRoles": query_grantable_roles,
        "roles.list": list_roles,
        "roles.get": get_role,
        "projects.roles.get": get_role,
        "organizations.roles.get": get_role,
    }
    return google_api("iam.v1", handlers)
