"""The number of calls to Google for each operation, and how many of them are sequential.

Each call takes 300 ms, so that concurrent calls overlap also on a busy machine.
"""

from __future__ import annotations

import pytest

from tests.journeys.approvals import SECURITY, ask, decide, pending_request
from tests.journeys.shop import PROJECT, TEN_ROLES, activate

pytestmark = pytest.mark.one_database


@pytest.fixture
def warm(alice, simulated):
    """Fill the caches of tokens, keys and groups, and clear those of lists."""
    from eligibility import providers

    alice.api_get(f"/api/projects/{PROJECT}/roles")
    providers.recent_facts().forget(user="alice@example.com", project_id=PROJECT)
    providers.grantable_roles().is_grantable(PROJECT, "roles/viewer")
    simulated.latency = 0.3
    simulated.calls.clear()
    return simulated


def test_the_list_of_roles_makes_two_concurrent_calls(alice, warm):
    assert alice.api_get(f"/api/projects/{PROJECT}/roles").status_code == 200
    assert len(warm.calls) == 2
    assert warm.calls.depth() == 1


def test_a_cached_list_of_roles_makes_no_call(alice, warm):
    alice.api_get(f"/api/projects/{PROJECT}/roles")
    warm.calls.clear()
    assert alice.api_get(f"/api/projects/{PROJECT}/roles").status_code == 200
    assert len(warm.calls) == 0


def test_activating_ten_roles_makes_four_calls_in_two_steps(alice, warm):
    assert activate(alice, *TEN_ROLES).status_code == 200
    assert len(warm.calls) == 4
    assert warm.calls.depth() == 2


def test_a_second_activation_makes_the_same_number_of_calls(alice, warm):
    activate(alice, TEN_ROLES[0])
    warm.calls.clear()
    assert activate(alice, TEN_ROLES[1]).status_code == 200
    assert len(warm.calls) == 4
    assert warm.calls.depth() == 2


def test_identification_makes_no_call_with_cached_keys(alice, warm):
    assert alice.api_get("/api/policy").status_code == 200
    assert len(warm.calls) == 0


@pytest.fixture
def warm_for_reviewers(warm, alice):
    """Fill also the cache of the reviewers' groups."""
    warm.latency = 0
    possible = alice.api_get(f"/api/projects/{PROJECT}/peers", id=SECURITY)
    assert possible.status_code == 200
    warm.latency = 0.3
    warm.calls.clear()
    return warm


def test_the_list_of_peers_takes_two_steps(alice, warm_for_reviewers):
    alice.api_get("/api/projects/billing-prod/peers", id="billing-prod:roles/cloudsql.admin")
    assert warm_for_reviewers.calls.depth() <= 2
    assert len(warm_for_reviewers.calls) == 3


def test_ten_reviewers_are_checked_concurrently(alice, warm_for_reviewers):
    reviewers = [f"r{number}@example.com" for number in range(10)]
    company = warm_for_reviewers.company
    for reviewer in reviewers:
        company.add_user(reviewer)
    members = [f"user:{email}" for email in ("alice@example.com", *reviewers)]
    company.bind(PROJECT, "roles/browser", members, "has({}.multiPartyApprovalConstraint)")
    answer = ask(alice, *reviewers, entitlementId=f"{PROJECT}:roles/browser")
    assert answer.status_code == 200
    assert warm_for_reviewers.calls.depth() <= 2
    assert len(warm_for_reviewers.calls) == 13


def test_an_approval_makes_five_calls_in_two_steps(alice, bob, warm_for_reviewers):
    request_id = pending_request(alice)
    warm_for_reviewers.calls.clear()
    assert decide(bob, request_id, "approve").status_code == 200
    assert len(warm_for_reviewers.calls) == 5
    assert warm_for_reviewers.calls.depth() == 2
