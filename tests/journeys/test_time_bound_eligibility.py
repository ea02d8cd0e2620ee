"""Eligibility that ends or begins decides what is listed, granted, shortened and refused."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from activations.models import Grant, Request
from activations.pages.ask_links import ask_url
from eligibility.conditions import temporary_clause
from eligibility.entitlements import ProjectRole
from tests.conftest import PersonClient
from tests.journeys.shop import COMPUTE, PROJECT, ROLES, activate
from tests.moments import now

pytestmark = pytest.mark.one_database


JIT, MPA = "has({}.jitAccessConstraint)", "has({}.multiPartyApprovalConstraint)"
ROLE = "roles/spanner.admin"
PEERS = f"/api/projects/{PROJECT}/peers"


def make_eligible(simulated: Any, marker: str, clause: str) -> None:
    policy = simulated.company.policy(PROJECT)
    policy["bindings"].append(
        {
            "role": ROLE,
            "members": ["user:alice@example.com", "user:bob@example.com"],
            "condition": {"title": "eligible", "expression": f"{marker} && {clause}"},
        }
    )
    simulated.company.put_policy(PROJECT, policy)


def moment(**later: int) -> datetime:
    return now().replace(microsecond=0) + timedelta(**later)


def before(end: datetime) -> str:
    return f'request.time < timestamp("{end:%Y-%m-%dT%H:%M:%SZ}")'


def after(start: datetime) -> str:
    return f'request.time >= timestamp("{start:%Y-%m-%dT%H:%M:%SZ}")'


def role_id(clause: str) -> str:
    return ProjectRole(PROJECT, ROLE, clause).id


def listed(person: PersonClient, role: str) -> list[dict[str, Any]]:
    return [one for one in person.api_get(ROLES).json()["entitlements"] if one["id"] == role]


@pytest.mark.parametrize("marker", [JIT, MPA])
def test_an_ended_eligibility_is_not_listed_and_causes_a_warning(
    alice: PersonClient, simulated: Any, marker: str
) -> None:
    clause = 'request.time < timestamp("2020-01-01T00:00:00Z")'
    make_eligible(simulated, marker, clause)
    assert listed(alice, role_id(clause)) == []
    warnings = [one for one in alice.api_get(ROLES).json()["warnings"] if ROLE in one]
    assert len(warnings) == 1
    assert "its eligibility ended at 2020-01-01 00:00:00 UTC" in warnings[0]


@pytest.mark.parametrize(
    ("clause", "said"),
    [
        ('request.time < timestamp("2020-01-01T00:00:00Z")', "ended at 2020-01-01 00:00:00 UTC"),
        ('request.time >= timestamp("2999-01-01T00:00:00Z")', "begins at 2999-01-01 00:00:00 UTC"),
        ("false", "its condition is never true"),
    ],
)
def test_a_role_outside_its_eligible_time_is_refused_and_nothing_is_written(
    alice: PersonClient, simulated: Any, clause: str, said: str
) -> None:
    make_eligible(simulated, JIT, clause)
    answer = activate(alice, role_id(clause))
    assert answer.status_code == 403
    assert said in answer.json()["message"]
    assert not Grant.objects.exists()


def test_no_reviewer_is_asked_for_a_role_whose_eligibility_ended(
    alice: PersonClient, simulated: Any
) -> None:
    clause = 'request.time < timestamp("2020-01-01T00:00:00Z")'
    make_eligible(simulated, MPA, clause)
    body = {
        "entitlementId": role_id(clause),
        "justification": "CASE-1",
        "peers": ["bob@example.com"],
        "activationTimeout": 30,
    }
    answer = alice.api_post(f"{ROLES}/request", body)
    assert (answer.status_code, Request.objects.count()) == (403, 0)


def test_access_ends_with_the_eligibility_as_shown_before_and_after(
    alice: PersonClient, simulated: Any
) -> None:
    end = moment(minutes=20)
    make_eligible(simulated, JIT, before(end))
    role = role_id(before(end))
    (row,) = listed(alice, role)
    assert row["eligibleUntil"] == int(end.timestamp())
    assert "Your eligibility ends at" in alice.get(f"/projects/{PROJECT}").content.decode()
    made = activate(alice, role).json()
    assert made["entitlements"][0]["endTime"] == int(end.timestamp())
    grant = Grant.objects.get()
    assert (grant.end_time, grant.project_role.id) == (end, role)
    assert f"{end:%Y-%m-%dT%H:%M:%SZ}" in grant.binding_expression
    page = alice.get(f"/requests/{made['requestId']}").content.decode()
    assert "because the eligibility ends then" in page


def test_access_is_not_extended_beyond_the_eligibility(alice: PersonClient, simulated: Any) -> None:
    end = moment(minutes=20)
    make_eligible(simulated, JIT, before(end))
    activate(alice, role_id(before(end)))
    grant = Grant.objects.get()
    body = {"activationTimeout": 90, "justification": "CASE-2"}
    answer = alice.api_post(f"/api/grants/{grant.id}/extend", body)
    assert answer.status_code == 400
    assert "cannot be extended" in answer.json()["message"]


def test_approved_access_ends_with_the_eligibility(
    alice: PersonClient, bob: PersonClient, simulated: Any
) -> None:
    end = moment(minutes=20)
    make_eligible(simulated, MPA, before(end))
    body = {
        "entitlementId": role_id(before(end)),
        "justification": "CASE-1",
        "peers": ["bob@example.com"],
        "activationTimeout": 60,
    }
    made = alice.api_post(f"{ROLES}/request", body).json()
    page = bob.get(f"/requests/{made['requestId']}").content.decode()
    assert "The eligibility for this role ends at" in page
    assert bob.api_post(f"/api/requests/{made['requestId']}/approve", {}).status_code == 200
    assert Grant.objects.get().end_time == end


def test_eligibility_that_begins_within_the_requested_period_is_granted(
    alice: PersonClient, simulated: Any
) -> None:
    start = moment(minutes=20)
    make_eligible(simulated, JIT, after(start))
    (row,) = listed(alice, role_id(after(start)))
    assert row["eligibleFrom"] == int(start.timestamp())
    assert activate(alice, role_id(after(start)), minutes=60).status_code == 200
    assert activate(alice, role_id(after(start)), minutes=5).status_code == 403


def test_long_ids_are_requested_by_a_short_url(alice: PersonClient, simulated: Any) -> None:
    clause = " || ".join(f'resource.name == "{"x" * 900}{number}"' for number in range(10))
    make_eligible(simulated, MPA, f"({clause})")
    role = ProjectRole(PROJECT, ROLE, clause)
    address = ask_url(role)
    assert len(address) < 300
    page = alice.get(address)
    assert page.status_code == 200
    assert "bob@example.com" in page.content.decode()
    found = alice.api_post(PEERS, {"id": role.id})
    assert {"email": "bob@example.com"} in found.json()["peers"]
    assert alice.get(f"/ask?projectId={PROJECT}&key={'0' * 64}").status_code == 302


def test_a_role_without_a_time_limit_is_listed_and_granted_as_before(alice: PersonClient) -> None:
    (row,) = listed(alice, COMPUTE)
    assert (row["eligibleFrom"], row["eligibleUntil"]) == (None, None)
    assert "eligibility" not in alice.get(f"/projects/{PROJECT}").content.decode()
    made = activate(alice, COMPUTE, minutes=60).json()["entitlements"][0]
    assert made["endTime"] - made["startTime"] == 60 * 60
    grant = Grant.objects.get()
    assert grant.binding_expression == temporary_clause(grant.start_time, grant.end_time)
    assert not grant.is_cut
