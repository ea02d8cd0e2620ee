"""The project that the tests of the pages happen on, and the way to ask there."""

from __future__ import annotations

from typing import Any

from tests.activations.pages.reading import Page
from tests.conftest import PersonClient

PROJECT = "shop-prod"
ROLES = f"/?projectId={PROJECT}"
COMPUTE = f"{PROJECT}:roles/compute.admin"
DNS = f"{PROJECT}:roles/dns.admin"
NEEDS_APPROVAL = f"{PROJECT}:roles/iam.securityAdmin"
WRITE = "cloudresourcemanager.projects.setIamPolicy"
POLICIES = "cloudasset.effectiveIamPolicies.batchGet"


def roles_page(person: PersonClient, project_id: str = PROJECT, **more: str) -> Page:
    return Page(person.get("/", {"projectId": project_id} | more))


def filled_in(page: Page, *roles: str, **values: str) -> dict[str, Any]:
    """What a browser would send when these roles are chosen and these values typed."""
    typed = {name: [value] for name, value in values.items()}
    return {**page.form.fields, "role": list(roles or (COMPUTE,)), **typed}


def send(person: PersonClient, *roles: str, **values: str) -> Any:
    """The form of the roles page, filled in and sent."""
    values = {"justification": "CASE-1"} | values
    return person.post("/activate", filled_in(roles_page(person), *roles, **values))


def requested(person: PersonClient, *roles: str, **values: str) -> str:
    """The address of the page that shows the request just made."""
    answer = send(person, *roles, **values)
    assert answer.status_code == 303
    return str(answer["Location"])
