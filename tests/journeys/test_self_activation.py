"""Alice sees her eligible roles and activates them; IAM, history and log show the result."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import pytest

from activations.models import Event, Grant, Request
from eligibility.entitlements import ProjectRole
from jitaccess.version import VERSION
from tests.conftest import PersonClient
from tests.journeys.shop import (
    ACTIVATE,
    COMPUTE,
    PROJECT,
    TEN_ROLES,
    activate,
    activation_body,
    activations_of,
    status_of,
)

pytestmark = pytest.mark.one_database


CONDITION = (
    "resource.name == "
    r'"projects/_/buckets/it'
    "'"
    r's \"quoted\" \\ odd && (even"'
)
BUCKET = ProjectRole(PROJECT, "roles/storage.admin", CONDITION).id


def test_the_policy_endpoint_shows_the_limits_and_the_signed_in_person(alice):
    assert alice.api_get("/api/policy").json() == {
        "justificationHint": "Bug or case number",
        "signedInUser": {"email": "alice@example.com"},
        "applicationVersion": VERSION,
        "defaultActivationTimeout": 60,
        "maxActivationTimeout": 120,
    }


def test_activating_a_role_writes_exactly_this_binding(alice, simulated):
    before = simulated.company.policy(PROJECT)["bindings"]
    answer = activate(alice)
    assert answer.status_code == 200, answer.content
    role = answer.json()["entitlements"][0]
    start, end = (datetime.fromtimestamp(role[name], UTC) for name in ("startTime", "endTime"))
    assert (end - start).total_seconds() == 3600
    after = simulated.company.policy(PROJECT)["bindings"]
    (binding,) = [binding for binding in after if binding not in before]
    assert binding == {
        "role": "roles/compute.admin",
        "members": ["user:alice@example.com"],
        "condition": {
            "title": "JIT access activation",
            "description": "Self-approved, justification: CASE-123",
            "expression": f'(request.time >= timestamp("{start:%Y-%m-%dT%H:%M:%SZ}")'
            f' && request.time < timestamp("{end:%Y-%m-%dT%H:%M:%SZ}"))',
        },
    }


def test_the_answer_has_the_original_fields_and_more(alice):
    body = activate(alice).json()
    assert body["beneficiary"] == {"email": "alice@example.com"}
    assert (body["reviewers"], body["isBeneficiary"], body["isReviewer"]) == ([], True, False)
    assert body["entitlements"][0]["activationId"] == f"jit-{body['requestId']}"
    assert body["entitlements"][0]["status"] == "ACTIVE"
    assert body["url"] == f"https://testserver/requests/{body['requestId']}"


def test_a_resource_condition_is_copied_with_its_quotes(alice, simulated):
    assert activate(alice, BUCKET).status_code == 200
    (binding,) = activations_of(
        simulated.company.policy(PROJECT), "alice@example.com", "roles/storage.admin"
    )
    assert binding["condition"]["expression"].endswith(f" && ({CONDITION})")


def test_bindings_of_others_do_not_change(alice, simulated):
    before = simulated.company.policy(PROJECT)
    activate(alice, *TEN_ROLES)
    after = simulated.company.policy(PROJECT)
    dead = activations_of(before, "alice@example.com", "roles/logging.admin")
    others = [binding for binding in before["bindings"] if binding not in dead]
    assert after["bindings"][: len(others)] == others
    assert len(after["bindings"]) == len(others) + len(TEN_ROLES)
    assert after.get("auditConfigs") == before.get("auditConfigs")


def test_the_same_write_removes_the_persons_expired_binding(alice, simulated):
    (dead,) = activations_of(
        simulated.company.policy(PROJECT), "alice@example.com", "roles/logging.admin"
    )
    activate(alice, f"{PROJECT}:roles/logging.admin")
    assert dead not in simulated.company.policy(PROJECT)["bindings"]


def test_the_list_shows_the_role_as_active_immediately_even_when_inventory_lags(alice, simulated):
    simulated.asset_lag = 60
    assert status_of(alice, COMPUTE) == "INACTIVE"
    activate(alice)
    assert status_of(alice, COMPUTE) == "ACTIVE"


def test_the_list_shows_activations_made_by_the_original(bob, simulated):
    roles = bob.api_get(f"/api/projects/{PROJECT}/roles").json()["entitlements"]
    assert any(role["status"] == "ACTIVE" and role["validUntil"] for role in roles)


def test_history_and_evidence_agree(alice):
    request_id = activate(alice, *TEN_ROLES[:2]).json()["requestId"]
    request = Request.objects.get(pk=request_id)
    assert (request.beneficiary_email, request.justification) == ("alice@example.com", "CASE-123")
    assert {grant.state for grant in request.grants.all()} == {"active"}
    kinds = (
        Event.objects.filter(request=request).order_by("sequence").values_list("kind", flat=True)
    )
    assert list(kinds) == [
        "request.self_approved",
        *["grant.provisioning"] * 2,
        *["grant.active"] * 2,
    ]


def test_a_grant_records_the_facts_that_auditors_need(alice):
    activate(alice, f"{PROJECT}:roles/container.admin")
    grant = Grant.objects.get()
    assert grant.eligible_by[0] == "user:alice@example.com"
    assert grant.eligible_by[-1].startswith(("group:", "user:"))
    assert grant.eligible_at.startswith("//cloudresourcemanager.googleapis.com/")
    assert grant.binding_expression.startswith("(request.time >= timestamp(")
    assert grant.etag_before
    assert grant.etag_after
    assert grant.etag_before != grant.etag_after


def test_the_log_has_one_audit_entry_for_each_role(alice, caplog):
    caplog.set_level(logging.INFO)
    activate(alice, *TEN_ROLES[:2])
    lines = [record for record in caplog.records if record.name == "jitaccess.audit"]
    assert [line.getMessage() for line in lines] == [
        f"User alice@example.com activated role '{role}' on"
        " '//cloudresourcemanager.googleapis.com/projects/shop-prod' for themselves for 60 minutes"
        for role in ("roles/compute.admin", "roles/compute.networkAdmin")
    ]
    assert lines[0].labels["role"] == "roles/compute.admin"
    assert lines[0].labels["justification"] == "CASE-123"


def test_the_request_reason_is_sent_to_google_in_ascii(alice, simulated):
    alice.api_post(ACTIVATE, activation_body(justification="Störung behöben – „CASE-7“"))
    (call,) = simulated.calls.of("cloudresourcemanager.projects.setIamPolicy")
    reason = call.headers["x-goog-request-reason"]
    assert reason.startswith("Self-approved, justification: St")
    assert reason.isascii()
    assert reason.isprintable()


def test_a_long_justification_is_recorded_whole_and_cut_in_iam(alice, simulated):
    alice.api_post(ACTIVATE, activation_body(justification="x" * 1000))
    (binding,) = activations_of(
        simulated.company.policy(PROJECT), "alice@example.com", "roles/compute.admin"
    )
    assert len(binding["condition"]["description"]) == 256
    assert Request.objects.get().justification == "x" * 1000


def test_activating_again_for_longer_extends_the_one_binding(alice, simulated):
    first = activate(alice, minutes=10).json()["entitlements"][0]
    second = activate(alice, minutes=100).json()["entitlements"][0]
    assert second["endTime"] > first["endTime"]
    (binding,) = activations_of(
        simulated.company.policy(PROJECT), "alice@example.com", "roles/compute.admin"
    )
    end = datetime.fromtimestamp(second["endTime"], UTC)
    assert f"{end:%Y-%m-%dT%H:%M:%SZ}" in binding["condition"]["expression"]


def test_activating_again_for_less_time_does_not_shorten_access(alice, simulated):
    first = activate(alice, minutes=100).json()["entitlements"][0]
    before = simulated.company.policy(PROJECT)
    second = activate(alice, minutes=10)
    assert second.status_code == 200
    assert second.json()["entitlements"][0]["endTime"] == first["endTime"]
    assert simulated.company.policy(PROJECT) == before


def test_two_resource_conditions_of_one_role_are_two_bindings(alice, simulated):
    roles = alice.api_get(f"/api/projects/{PROJECT}/roles").json()["entitlements"]
    both = [role["id"] for role in roles if role["name"] == "roles/storage.objectAdmin"]
    assert len(both) == 2
    assert activate(alice, *both).status_code == 200
    bindings = activations_of(
        simulated.company.policy(PROJECT), "alice@example.com", "roles/storage.objectAdmin"
    )
    assert len(bindings) == 2


def test_the_same_call_sent_twice_makes_one_request(alice, simulated):
    first = activate(alice, key="k-1")
    second = activate(alice, key="k-1")
    assert first.json()["requestId"] == second.json()["requestId"]
    assert Request.objects.count() == 1
    assert len(simulated.calls.of("cloudresourcemanager.projects.setIamPolicy")) == 1


def test_an_idempotency_key_is_refused_for_another_request(alice):
    activate(alice, key="k-1")
    answer = activate(alice, TEN_ROLES[1], key="k-1")
    assert answer.status_code == 400
    assert "Idempotency-Key" in answer.json()["message"]


@pytest.mark.parametrize("person_fixture", ["charlie", "bob"])
def test_a_person_who_is_not_eligible_gets_403_and_nothing_is_written(
    person_fixture, request, simulated
):
    stranger: PersonClient = request.getfixturevalue(person_fixture)
    answer = activate(stranger, f"{PROJECT}:roles/dns.admin")
    assert answer.status_code == 403
    assert answer.json()["message"] == (
        f"The user {stranger.email} is not allowed to activate {PROJECT}:roles/dns.admin using JIT"
    )
    assert not simulated.calls.of("cloudresourcemanager.projects.setIamPolicy")
    assert not Request.objects.exists()


def test_a_role_that_needs_approval_cannot_be_self_activated(alice):
    answer = activate(alice, f"{PROJECT}:roles/iam.securityAdmin")
    assert answer.status_code == 403
    assert answer.json()["message"].endswith("using JIT")
