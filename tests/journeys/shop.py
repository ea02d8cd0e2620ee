"""The project of most journeys, with calls to activate its roles."""

from __future__ import annotations

from typing import Any

from simulator import Simulator
from tests.conftest import PersonClient

PROJECT = "shop-prod"
ROLES = f"/api/projects/{PROJECT}/roles"
ACTIVATE = f"{ROLES}/self-activate"
TEN_ROLES = tuple(
    f"{PROJECT}:roles/{name}"
    for name in (
        *("compute.admin", "compute.networkAdmin", "container.admin", "dns.admin", "run.admin"),
        *("logging.admin", "monitoring.admin", "pubsub.admin", "cloudfunctions.admin"),
        "secretmanager.admin",
    )
)
COMPUTE = f"{PROJECT}:roles/compute.admin"


def activation_body(
    *role_ids: str, minutes: int = 60, justification: str = "CASE-123"
) -> dict[str, Any]:
    return {
        "entitlementIds": list(role_ids or (COMPUTE,)),
        "justification": justification,
        "activationTimeout": minutes,
    }


def activate(person: PersonClient, *role_ids: str, minutes: int = 60, key: str = "") -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return person.api_post(ACTIVATE, activation_body(*role_ids, minutes=minutes), **headers)


def activations_of(policy: dict[str, Any], email: str, role: str) -> list[dict[str, Any]]:
    """Return the activations of one person for one role in a policy."""
    return [
        binding
        for binding in policy["bindings"]
        if binding["role"] == role
        and binding["members"] == [f"user:{email}"]
        and binding.get("condition", {}).get("title") == "JIT access activation"
    ]


def count_activations(simulated: Simulator, email: str, role: str = "roles/compute.admin") -> int:
    """Return how many activations of this role IAM has for this person."""
    return len(activations_of(simulated.company.policy(PROJECT), email, role))


def status_of(person: PersonClient, role_id: str) -> str:
    roles = person.api_get(ROLES).json()["entitlements"]
    found: str = next(role["status"] for role in roles if role["id"] == role_id)
    return found
