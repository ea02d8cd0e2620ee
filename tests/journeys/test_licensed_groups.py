"""With an edition that includes Cloud Identity searches, one call reads all groups of a person."""

from __future__ import annotations

import pytest

from activations.models import Event, Grant, Request
from eligibility import providers
from tests.journeys.approvals import SECURITY, ask
from tests.journeys.shop import COMPUTE, PROJECT, ROLES, activate

pytestmark = pytest.mark.one_database


GROUPS = "cloudidentity.groups.memberships.searchTransitiveGroups"
DIRECTORY = "directory.groups.list"


@pytest.fixture(autouse=True)
def licensed(simulated):
    simulated.searches_groups = True
    return simulated


@pytest.fixture
def warm(alice, licensed):
    """Fill the caches of tokens and keys, but not of groups."""
    assert alice.api_get(ROLES).status_code == 200
    providers.recent_facts().forget(user="alice@example.com", project_id=PROJECT)
    providers.grantable_roles().is_grantable(PROJECT, "roles/viewer")
    licensed.latency = 0.3
    licensed.calls.clear()
    return licensed


def test_the_list_of_roles_makes_two_concurrent_calls_at_any_depth_of_groups(alice, warm):
    inside = "alice@example.com"
    for number in range(5):
        warm.company.add_group(f"deep{number}@example.com", members=[inside])
        inside = f"deep{number}@example.com"
    warm.company.bind(PROJECT, "roles/browser", f"group:{inside}", "has({}.jitAccessConstraint)")
    answer = alice.api_get(ROLES)
    assert f"{PROJECT}:roles/browser" in {role["id"] for role in answer.json()["entitlements"]}
    assert (len(warm.calls), warm.calls.depth(), len(warm.calls.of(GROUPS))) == (2, 1, 1)


def test_an_activation_makes_four_calls_in_two_steps(alice, warm):
    assert activate(alice).status_code == 200
    assert (len(warm.calls), warm.calls.depth(), len(warm.calls.of(GROUPS))) == (4, 2, 1)


def test_the_record_names_the_person_and_the_bound_group(alice, warm):
    warm.latency = 0
    warm.company.bind(
        PROJECT, "roles/browser", "group:engineering@example.com", "has({}.jitAccessConstraint)"
    )
    assert activate(alice, f"{PROJECT}:roles/browser").status_code == 200
    way = ["user:alice@example.com", "group:engineering@example.com"]
    assert Grant.objects.get().eligible_by == way
    assert Event.objects.filter(kind="grant.active").exists()


def test_a_person_who_left_an_inner_group_is_refused_immediately(alice, licensed):
    assert alice.api_get(ROLES).status_code == 200
    company = licensed.company
    company.bind(
        PROJECT, "roles/browser", "group:engineering@example.com", "has({}.jitAccessConstraint)"
    )
    company.leave("platform-oncall@example.com", "alice@example.com")
    assert activate(alice, f"{PROJECT}:roles/browser").status_code == 403


@pytest.mark.parametrize("status", [403, 404, 400])
def test_after_a_refused_search_the_directory_is_used(alice, licensed, status):
    licensed.faults.add(GROUPS, status=status, times=None)
    assert activate(alice, COMPUTE).status_code == 200
    assert licensed.calls.of(DIRECTORY)


@pytest.mark.parametrize(("status", "answered"), [(429, 429), (500, 503), (503, 503)])
def test_a_failed_search_grants_nothing_and_is_reported_as_such(
    alice, licensed, no_retry_delay, status, answered
):
    licensed.faults.add(GROUPS, status=status, times=None)
    assert activate(alice, COMPUTE).status_code == answered
    assert not Request.objects.exists()
    assert not licensed.calls.of(DIRECTORY)


def test_reviewers_of_nested_groups_can_be_asked(alice, licensed):
    answer = alice.api_get(f"/api/projects/{PROJECT}/peers", id=SECURITY)
    emails = [peer["email"] for peer in answer.json()["peers"]]
    assert emails
    assert ask(alice, emails[0], entitlementId=SECURITY).status_code == 200
