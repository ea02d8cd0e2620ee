"""Who may review is checked again when the policy changes while an approval is written."""

from __future__ import annotations

import pytest

from tests.journeys.approvals import SET, decide, pending_request, state
from tests.journeys.shop import PROJECT, activations_of

pytestmark = pytest.mark.one_database


@pytest.fixture
def conflict(simulated, alice):
    """Let the write of an approval conflict with somebody's change of the policy."""
    from eligibility import providers
    from googlecloud.cloud import Cloud

    def with_change(change):
        def sleep(_):
            policy = simulated.company.policy(PROJECT)
            for binding in policy["bindings"]:
                if binding["role"] == "roles/iam.securityAdmin":
                    binding["members"] = change(binding["members"])
            simulated.company.put_policy(PROJECT, policy)

        simulated.faults.add(SET, status=409)
        providers.use_cloud(Cloud(providers.cloud_config(), sleep=sleep))

    return with_change


def test_a_reviewer_who_loses_the_role_during_a_conflict_grants_nothing(
    alice, bob, simulated, conflict
):
    request_id = pending_request(alice)
    conflict(lambda members: [one for one in members if "bob" not in one])
    answer = decide(bob, request_id, "approve")
    assert answer.status_code == 403
    assert "bob@example.com may no longer review this request" in answer.json()["message"]
    assert state(alice, request_id) == "FAILED"
    policy = simulated.company.policy(PROJECT)
    assert activations_of(policy, "alice@example.com", "roles/iam.securityAdmin") == []


def test_a_conflict_that_leaves_the_reviewer_alone_grants_access(alice, bob, simulated, conflict):
    request_id = pending_request(alice)
    conflict(lambda members: [*members, "user:carla@example.com"])
    assert decide(bob, request_id, "approve").status_code == 200
    assert state(alice, request_id) == "ACTIVE"
    assert len(simulated.calls.of(SET)) == 2
