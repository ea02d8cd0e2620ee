"""Resource Manager v3: policies of projects, folders and organizations."""

from typing import Any

from simulator.errors import denied
from simulator.google_api import ApiCall, GoogleRoute, Handler, google_api
from simulator.policy_form import as_requested
from simulator.policy_write import write_policy
from simulator.project_search import get_project, search_projects
from simulator.resources import Policy, Resource

KINDS = ("projects", "folders", "organizations")


def visible_resource(call: ApiCall, permission: str) -> Resource:
    """Return the resource of a call.

    :raises ApiError: 403 when it is hidden, deleted, or never existed.
    """
    name = call.path["resource"]
    resource = call.world.company.find(name)
    if resource is None or not resource.visible:
        raise denied(permission, f"//cloudresourcemanager.googleapis.com/{name}")
    return resource


def get_policy(call: ApiCall) -> Policy:
    """getIamPolicy."""
    kind = call.path["resource"].partition("/")[0]
    with call.world.company.lock:
        resource = visible_resource(call, f"resourcemanager.{kind}.getIamPolicy")
        options = call.body.get("options") or {}
        return as_requested(resource.policy, options.get("requestedPolicyVersion") or 1)


def set_policy(call: ApiCall) -> Policy:
    """setIamPolicy."""
    kind = call.path["resource"].partition("/")[0]
    with call.world.company.lock:
        resource = visible_resource(call, f"resourcemanager.{kind}.setIamPolicy")
        before = resource.policy
        written = write_policy(call.world.company, resource, call.body)
        call.world.audit_log.note_write(
            resource,
            before=before,
            principal=call.principal,
            reason=call.reason,
        )
        return written


def test_permissions(call: ApiCall) -> dict[str, Any]:
    """Return the requested permissions, without those that the test withholds; none for a missing resource."""
    visible_resource(call, "resourcemanager.projects.get")
    asked = call.body.get("permissions") or []
    held = [each for each in asked if each not in call.world.withheld_permissions]
    return {"permissions": held} if held else {}


def get_folder(call: ApiCall) -> dict[str, Any]:
    """folders.get."""
    name = call.path["name"]
    folder = call.world.company.find(name)
    if folder is None or not folder.visible:
        raise denied("resourcemanager.folders.get", name)
    return {
        "name": folder.name,
        "parent": folder.parent,
        "displayName": folder.display_name,
        "state": folder.state,
    }


def routes() -> list[GoogleRoute]:
    """Return the methods of this service."""
    handlers: dict[str, Handler] = {
        "projects.search": search_projects,
        "projects.get": get_project,
        "folders.get": get_folder,
    }
    for kind in KINDS:
        handlers[f"{kind}.getIamPolicy"] = get_policy
        handlers[f"{kind}.setIamPolicy"] = set_policy
        handlers[f"{kind}.testIamPermissions"] = test_permissions
    return google_api("cloudresourcemanager.v3", handlers)
