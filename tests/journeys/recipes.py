"""The company that the recipes of docs/access-policies.md are written for, and what people do under them."""

from __future__ import annotations

from typing import Any

from simulator import Simulator
from tests.conftest import PersonClient

JIT, MPA = "has({}.jitAccessConstraint)", "has({}.multiPartyApprovalConstraint)"
ALICE = "user:alice@example.com"
# One or two people in each group that a recipe names; none of them is eligible for a role.
GROUPS = {
    "sponsors": ("sponsor",),
    "security": ("guard",),
    "leads": ("lead",),
    "change-board": ("board",),
    "compliance": ("officer",),
    "data-owners": ("owner", "owner2"),
}
# Projects of the recipes beside those of the simulated company, with their parents.
PROJECTS = {"sandbox-alice": "", "ledger-app": "folders/4711", "shop-dev": "folders/12"}
JIT_ROLES = {
    "ledger-app": ("roles/run.admin",),
    "sandbox-alice": ("roles/run.admin",),
    "shop-dev": ("roles/run.admin", "roles/bigquery.dataEditor"),
    "shop-prod": (
        "roles/run.developer",
        "roles/run.viewer",
        "roles/resourcemanager.projectIamAdmin",
    ),
}


def recipe_company(simulated: Simulator) -> None:
    """Add the groups with their people, and projects on which Alice can activate roles herself."""
    company = simulated.company
    for group, names in GROUPS.items():
        for name in names:
            company.add_user(f"{name}@example.com")
        company.add_group(f"{group}@example.com", [f"{name}@example.com" for name in names])
    for group in ("contractors", "on-call", "support"):
        company.add_group(f"{group}@example.com")
    company.add_folder("4711", parent="folders/20", display_name="Regulated")
    for project_id, parent in PROJECTS.items():
        company.add_project(project_id, parent=parent)
    for project_id, roles in JIT_ROLES.items():
        for role in roles:
            company.bind(project_id, role, ALICE, JIT)
    company.bind("shop-prod", "roles/storage.objectAdmin", [ALICE, "user:bob@example.com"], MPA)


def activate(person: PersonClient, role_id: str, *, minutes: int = 60, **changes: Any) -> Any:
    """Activate one role, named `PROJECT:ROLE`."""
    body = {
        "entitlementIds": [role_id],
        "justification": "BUG-1 the orders are stuck in the queue",
        "activationTimeout": minutes,
    }
    path = f"/api/projects/{role_id.partition(':')[0]}/roles/self-activate"
    return person.api_post(path, body | changes)


def ask(person: PersonClient, role_id: str, *peers: str, minutes: int = 30, **changes: Any) -> Any:
    """Request approval of one role, named `PROJECT:ROLE`."""
    body = {
        "entitlementId": role_id,
        "justification": "BUG-1 the orders are stuck in the queue",
        "peers": list(peers),
        "activationTimeout": minutes,
    }
    return person.api_post(
        f"/api/projects/{role_id.partition(':')[0]}/roles/request", body | changes
    )


def listed(person: PersonClient, role_id: str) -> dict[str, Any]:
    """Return how the list of roles shows a role."""
    path = f"/api/projects/{role_id.partition(':')[0]}/roles"
    found: dict[str, Any] = next(
        one for one in person.api_get(path).json()["entitlements"] if one["id"] == role_id
    )
    return found


def granted(answer: Any) -> bool:
    """Return whether a call was answered with active access."""
    return bool(answer.status_code == 200 and answer.json()["status"] == "ACTIVE")
