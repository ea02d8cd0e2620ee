"""The project of the tests of pages, and its form to activate roles."""

from __future__ import annotations

from typing import Any

from tests.activations.pages.reading import Page
from tests.conftest import PersonClient

PROJECT = "shop-prod"
ROLES = f"/projects/{PROJECT}"
COMPUTE = f"{PROJECT}:roles/compute.admin"
DNS = f"{PROJECT}:roles/dns.admin"
NEEDS_APPROVAL = f"{PROJECT}:roles/iam.securityAdmin"
WRITE = "cloudresourcemanager.projects.setIamPolicy"
POLICIES = "cloudasset.effectiveIamPolicies.batchGet"


def roles_page(person: PersonClient, project_id: str = PROJECT, **more: str) -> Page:
    return Page(person.get(f"/projects/{project_id}", more))


def filled_in(page: Page, *roles: str, **values: str) -> dict[str, Any]:
    """Return what a browser would send with these roles selected and these values typed."""
    typed = {name: [value] for name, value in values.items()}
    return {**page.form.fields, "role": list(roles or (COMPUTE,)), **typed}


def send(person: PersonClient, *roles: str, **values: str) -> Any:
    """Fill in and send the form of the roles page."""
    values = {"justification": "CASE-1"} | values
    return person.post("/activate", filled_in(roles_page(person), *roles, **values))


def requested(person: PersonClient, *roles: str, **values: str) -> str:
    """Activate roles with the form; return the URL of the request."""
    answer = send(person, *roles, **values)
    assert answer.status_code == 303
    return str(answer["Location"])
