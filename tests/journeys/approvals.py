"""Calls of the API to request approval, review and read requests."""

from __future__ import annotations

from typing import Any

from tests.conftest import PersonClient
from tests.journeys.shop import PROJECT

SECURITY = f"{PROJECT}:roles/iam.securityAdmin"
REQUEST = f"/api/projects/{PROJECT}/roles/request"
SET = "cloudresourcemanager.projects.setIamPolicy"


def ask(person: PersonClient, *reviewers: str, minutes: int = 30, **changes: Any) -> Any:
    body = {
        "entitlementId": SECURITY,
        "justification": "CASE-9",
        "peers": list(reviewers or ("bob@example.com", "carol@example.com")),
        "activationTimeout": minutes,
    }
    return person.api_post(REQUEST, body | changes)


def pending_request(person: PersonClient, *reviewers: str, **changes: Any) -> str:
    """Request approval and return the id of the request."""
    answer = ask(person, *reviewers, **changes)
    assert answer.status_code == 200, answer.content
    request_id: str = answer.json()["requestId"]
    return request_id


def decide(person: PersonClient, request_id: str, what: str, comment: str = "") -> Any:
    return person.api_post(f"/api/requests/{request_id}/{what}", {"comment": comment})


def state(person: PersonClient, request_id: str) -> str:
    found: str = person.api_get(f"/api/requests/{request_id}").json()["status"]
    return found
