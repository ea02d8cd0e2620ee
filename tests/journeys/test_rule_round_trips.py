"""Rules make no calls to Google but those for the folders and groups that they name and that are not cached.

Each call takes 300 ms, so that concurrent calls overlap also on a busy machine.
"""

from __future__ import annotations

from collections import Counter

import pytest

from eligibility import providers
from simulator import Simulator
from tests.conftest import PersonClient
from tests.journeys.policies import Activate, policy
from tests.journeys.shop import COMPUTE, PROJECT, ROLES, activate
from tests.journeys.stages import LEAD_THEN_SECURITY, rule, staff

pytestmark = pytest.mark.one_database


__all__ = ["policy"]

BREAK_GLASS = (
    "break_glass: {who: ['group:platform-oncall@example.com'],"
    " review_by: ['group:jit-reviewers@example.com'], review_within: 3d}"
)
# Every key that depends on something outside of the request.
RULES = (
    rule(LEAD_THEN_SECURITY),
    f"name: folder, when: {{roles: [roles/compute.admin], folders: [folders/10]}}, {BREAK_GLASS}",
    "name: group, when: {requesters: ['group:engineering@example.com']}, require: {duration: {max: 2h}}",
)
PAGE = f"/projects/{PROJECT}"
ANCESTRY = {"cloudresourcemanager.projects.get": 1, "cloudresourcemanager.folders.get": 3}


@pytest.fixture
def warm(simulated: Simulator, alice: PersonClient) -> Simulator:
    """Fill the caches of tokens, keys, nested groups and roles that can be granted, without a policy."""
    staff(simulated)
    alice.api_get(ROLES)
    providers.grantable_roles().is_grantable(PROJECT, "roles/viewer")
    simulated.latency = 0.3
    return simulated


def made(simulated: Simulator) -> Counter[str]:
    return Counter(call.api for call in simulated.calls)


def listed(alice: PersonClient, simulated: Simulator) -> tuple[Counter[str], int]:
    """Read the list of roles while no facts are cached; return its calls and how many were in a row."""
    providers.recent_facts().forget(user=alice.email, project_id=PROJECT)
    simulated.calls.clear()
    assert alice.api_get(ROLES).status_code == 200
    return made(simulated), simulated.calls.depth()


def test_a_list_reads_what_its_rules_name_once_and_then_stays_one_call_deep(
    alice: PersonClient, warm: Simulator, policy: Activate
) -> None:
    without, depth = listed(alice, warm)
    assert depth == 1
    policy(*RULES)
    first, _ = listed(alice, warm)
    assert first - without == ANCESTRY
    assert listed(alice, warm) == (without, 1)
    (compute,) = (
        one for one in alice.api_get(ROLES).json()["entitlements"] if one["id"] == COMPUTE
    )
    assert (compute["rule"], compute["breakGlass"]) == ("folder", True)


def test_a_list_of_other_roles_makes_no_call_for_rules_that_cannot_match(
    alice: PersonClient, warm: Simulator, policy: Activate
) -> None:
    without, _ = listed(alice, warm)
    policy("name: elsewhere, when: {projects: [bank-*], folders: [folders/10]}")
    assert listed(alice, warm) == (without, 1)


def test_an_activation_makes_no_more_calls_when_what_its_rules_name_is_cached(
    alice: PersonClient, warm: Simulator, policy: Activate
) -> None:
    policy(*RULES)
    listed(alice, warm)
    warm.calls.clear()
    assert activate(alice, COMPUTE).status_code == 200
    assert (len(warm.calls), warm.calls.depth()) == (4, 2)


def test_a_project_page_is_as_shallow_as_its_list(
    alice: PersonClient, warm: Simulator, policy: Activate
) -> None:
    policy(*RULES)
    # Fills the caches of the page's frame as well.
    assert alice.get(PAGE).status_code == 200
    providers.recent_facts().forget(user=alice.email, project_id=PROJECT)
    warm.calls.clear()
    assert alice.get(PAGE).status_code == 200
    assert warm.calls.depth() == 1, made(warm)
