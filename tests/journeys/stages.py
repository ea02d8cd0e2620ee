"""A company with approvers in three groups, rules with stages, and calls to approve with less time."""

from __future__ import annotations

from typing import Any

from simulator import Simulator
from tests.conftest import PersonClient
from tests.journeys.shop import PROJECT

LEADS = [f"lead{number}@example.com" for number in range(1, 5)]
SECURITY = [f"security{number}@example.com" for number in range(1, 3)]
OWNER = "owner@example.com"
ROLE = f"{PROJECT}:roles/iam.securityAdmin"
JIT_ROLE = f"{PROJECT}:roles/compute.admin"
REQUEST = f"/api/projects/{PROJECT}/roles/request"
THREE_STAGES = (
    'stages: [{from: ["group:leads@example.com"], count: 4},'
    ' {from: ["group:security@example.com"], count: 2},'
    f' {{from: ["user:{OWNER}"], count: 1}}]'
)
TWO_LEADS = 'stages: [{from: ["group:leads@example.com"], count: 2}]'
LEAD_THEN_SECURITY = (
    'stages: [{from: ["group:leads@example.com"], count: 1},'
    ' {from: ["group:security@example.com"], count: 1}]'
)


def staff(simulated: Simulator) -> None:
    """Add four leads, two people of security and an owner, who are eligible for nothing."""
    for email in (*LEADS, *SECURITY, OWNER):
        simulated.company.add_user(email)
    simulated.company.add_group("leads@example.com", LEADS)
    simulated.company.add_group("security@example.com", SECURITY)


def rule(approval: str, *, name: str = "strict", when: str = 'roles: ["roles/iam.*"]') -> str:
    """Return a rule with approval, as `policy` takes it."""
    return f"name: {name}, when: {{{when}}}, require: {{approval: {{{approval}}}}}"


def ask(person: PersonClient, *picks: str, role: str = ROLE, **changes: Any) -> Any:
    body = {
        "entitlementId": role,
        "justification": "CASE-9",
        "peers": list(picks),
        "activationTimeout": 30,
    }
    return person.api_post(REQUEST, body | changes)


def requested(person: PersonClient, *picks: str, role: str = ROLE, **changes: Any) -> str:
    """Request approval and return the id of the request."""
    answer = ask(person, *picks, role=role, **changes)
    assert answer.status_code == 200, answer.content
    request_id: str = answer.json()["requestId"]
    return request_id


def approve(person: PersonClient, request_id: str, **body: Any) -> Any:
    return person.api_post(f"/api/requests/{request_id}/approve", body)


def said(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("message", "")


def given(answer: Any) -> list[tuple[int, int]]:
    """Return how many approvals each stage needs and has."""
    return [(one["needed"], one["given"]) for one in answer.json()["approvals"]]
