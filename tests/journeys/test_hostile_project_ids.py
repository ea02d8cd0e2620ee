"""Every path, form and page refuses malicious project ids."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from activations.models import Grant, ProjectLease, Request
from tests.journeys.shop import activation_body

pytestmark = pytest.mark.one_database


NUMBER = "700003"
SPELLINGS = (
    NUMBER,
    f" {NUMBER}",
    f"projects/{NUMBER}",
    "projects/shop-prod",
    "SHOP-PROD",
    "shop-prod\u200b",
    "shop\u2010prod",
    "shop-prod/",
    "shop-prod%2F..",
    "shop-prod\x00",
    "shop-prod\n",
    "example.com:700003",
    "example.com:shop:prod",
    ":shop-prod",
    "\u0667\u0660\u0660\u0660\u0660\u0663",
    "x" * 5000,
)


@pytest.mark.parametrize("spelling", SPELLINGS, ids=range(len(SPELLINGS)))
def test_every_path_form_and_page_refuses_it(
    alice: Any, olga: Any, simulated: Any, spelling: str
) -> None:
    for client in (alice, olga):
        client.raise_request_exception = False
        client.get("/activity")
    writes = len(simulated.calls.of("cloudresourcemanager.projects.setIamPolicy"))
    role, path = f"{spelling}:roles/compute.admin", f"/api/projects/{quote(spelling, safe='')}"
    ask = {"entitlementId": role, "justification": "CASE-1", "peers": ["bob@example.com"]}
    answers = [
        alice.api_get(f"{path}/roles"),
        alice.api_get(f"{path}/peers", entitlement=role, role=role),
        alice.api_post(f"{path}/roles/self-activate", activation_body(role)),
        alice.api_post(f"{path}/roles/request", ask | {"activationTimeout": 30}),
        alice.get("/", {"project": spelling}),
        alice.get("/roles", {"project": spelling}),
        alice.get(f"/projects/{quote(spelling, safe='')}"),
        alice.get(f"/projects/{quote(spelling, safe='')}/roles"),
        alice.get(f"/projects/{quote(spelling, safe='')}/activate"),
        alice.get("/ask", {"project": spelling, "role": role}),
        alice.get("/activate", {"project": spelling, "role": role}),
        alice.post("/activate", {"project": spelling, "role": role, "minutes": "5"}),
        alice.api_get("/api/requests", project=spelling),
        alice.api_get("/api/grants", project=spelling),
        olga.get("/admin/activations/grant/", {"project_id": spelling}),
        olga.get("/admin/activations/grant/", {"q": spelling}),
        olga.get("/admin/activations/request/", {"project_id": spelling}),
        olga.get("/admin/activations/event/", {"q": spelling}),
    ]
    assert max(answer.status_code for answer in answers) < 500
    # White space around a pasted id may be ignored; nothing may be written under another name.
    assert all(answer.status_code >= 400 for answer in answers[2:4])
    assert not Request.objects.exists()
    assert not Grant.objects.exists()
    assert not ProjectLease.objects.exists()
    assert len(simulated.calls.of("cloudresourcemanager.projects.setIamPolicy")) == writes
