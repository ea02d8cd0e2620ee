"""Failures of Google are reported by cause, and the record states the result."""

from __future__ import annotations

import pytest

from activations.models import Event, Grant, Request
from eligibility import providers
from googlecloud.cloud import Cloud
from tests.journeys.shop import COMPUTE, PROJECT, ROLES, activate, activations_of

pytestmark = pytest.mark.one_database


SET = "cloudresourcemanager.projects.setIamPolicy"
GET = "cloudresourcemanager.projects.getIamPolicy"
POLICIES = "cloudasset.effectiveIamPolicies.batchGet"
GROUPS = "directory.groups.list"


@pytest.fixture(autouse=True)
def short_time_outs(settings, no_retry_delay):
    """Shorten the time-outs, so that a simulated hang takes less than 20 seconds."""
    settings.BACKEND_READ_TIMEOUT = 1
    providers.use_cloud(
        Cloud(providers.cloud_config(), sleep=no_retry_delay.sleep, clock=no_retry_delay)
    )


@pytest.mark.parametrize(("status", "answered"), [(403, 403), (404, 404), (400, 400), (401, 502)])
def test_a_definite_refusal_of_the_write_fails_the_request(alice, simulated, status, answered):
    simulated.faults.add(SET, status=status, message="as Google says it", times=None)
    answer = activate(alice)
    assert answer.status_code == answered
    assert "as Google says it" in answer.json()["message"]
    grant = Grant.objects.get()
    assert grant.state == "failed"
    assert "as Google says it" in grant.failure
    assert Event.objects.filter(kind="grant.failed", grant=grant).count() == 1


@pytest.mark.parametrize("api", [POLICIES, GET, GROUPS])
@pytest.mark.parametrize(("status", "answered"), [(403, 403), (500, 503), (503, 503), (429, 429)])
def test_a_failed_look_up_grants_nothing_and_is_reported_as_such(
    alice, simulated, api, status, answered
):
    simulated.faults.add(api, status=status, times=None)
    answer = activate(alice)
    assert answer.status_code == answered
    assert answer.json()["message"]
    assert not simulated.calls.of(SET)
    assert not Request.objects.exists()


@pytest.mark.slow
def test_a_time_out_is_not_reported_as_a_denial(alice, simulated):
    simulated.faults.add(POLICIES, hang=5, times=None)
    answer = alice.api_get(ROLES)
    assert answer.status_code == 504
    assert "allowed" not in answer.json()["message"]


def test_a_quota_error_says_when_to_try_again(alice, simulated):
    simulated.faults.add(POLICIES, status=429, retry_after=17, times=None)
    answer = alice.api_get(ROLES)
    assert answer.status_code == 429
    assert answer["Retry-After"] == "17"


@pytest.mark.parametrize("status", [409, 412])
def test_a_conflict_is_tried_again_and_keeps_other_changes(alice, simulated, status):
    def somebody_else_writes(_):
        simulated.company.bind(f"projects/{PROJECT}", "roles/viewer", ["user:erin@example.com"])
        return True

    simulated.faults.add(SET, status=status, times=2, when=somebody_else_writes)
    assert activate(alice).status_code == 200
    policy = simulated.company.policy(PROJECT)
    assert len(activations_of(policy, "alice@example.com", "roles/compute.admin")) == 1
    assert any("user:erin@example.com" in binding["members"] for binding in policy["bindings"])


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_closed_connection_is_resolved_by_reading(alice, simulated, when):
    simulated.faults.add(SET, close=when, times=1)
    answer = activate(alice)
    assert answer.status_code == 200
    assert answer.json()["entitlements"][0]["status"] == "ACTIVE"
    policy = simulated.company.policy(PROJECT)
    assert len(activations_of(policy, "alice@example.com", "roles/compute.admin")) == 1


def test_an_unknown_outcome_is_reported_as_unknown(alice, simulated):
    simulated.faults.add(SET, close="after", times=None)
    simulated.faults.add(GET, status=503, after=1, times=None)
    answer = activate(alice)
    assert answer.status_code == 504
    request = Request.objects.get()
    assert answer.json()["requestId"] == str(request.id)
    assert request.grants.get().state == "provisioning"


def test_eligibility_removed_during_the_request_grants_nothing(alice, simulated):
    def remove_eligibility(_):
        policy = simulated.company.policy(PROJECT)
        policy["bindings"] = [
            binding
            for binding in policy["bindings"]
            if "jitAccessConstraint" not in binding.get("condition", {}).get("expression", "")
        ]
        simulated.company.put_policy(PROJECT, policy)
        return False

    simulated.faults.add(SET, status=409, times=1)
    simulated.faults.add(SET, status=500, times=1, when=remove_eligibility)
    answer = activate(alice)
    assert answer.status_code == 403
    assert COMPUTE in answer.json()["message"]
    assert not activations_of(
        simulated.company.policy(PROJECT), "alice@example.com", "roles/compute.admin"
    )
    assert Grant.objects.get().state == "failed"
