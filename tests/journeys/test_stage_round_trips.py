"""Stages make no calls to Google but those for the groups that they name, and for the groups of approvers.

Each call takes 300 ms, so that concurrent calls overlap also on a busy machine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from simulator import Simulator
from tests.conftest import PersonClient
from tests.journeys.policies import Activate, policy
from tests.journeys.shop import PROJECT
from tests.journeys.stages import (
    LEAD_THEN_SECURITY,
    LEADS,
    SECURITY,
    approve,
    requested,
    rule,
    staff,
)

pytestmark = pytest.mark.one_database


__all__ = ["policy"]

SET = "cloudresourcemanager.projects.setIamPolicy"
MEMBERS, GROUPS = "directory.members.list", "directory.groups.list"
FACTS = {
    "cloudasset.effectiveIamPolicies.batchGet": 1,
    "cloudresourcemanager.projects.getIamPolicy": 1,
}
Person = Callable[[str], PersonClient]


@pytest.fixture
def warm(simulated: Simulator, alice: PersonClient, person: Person, policy: Activate) -> Simulator:
    """Fill the caches of tokens, keys, nested groups and roles."""
    staff(simulated)
    policy(rule(LEAD_THEN_SECURITY))
    request_id = requested(alice)
    alice.api_post(f"/api/requests/{request_id}/withdraw", {})
    for email in (LEADS[0], SECURITY[0]):
        person(email).api_get(f"/api/projects/{PROJECT}/roles")
    simulated.latency = 0.3
    simulated.calls.clear()
    return simulated


def made(simulated: Simulator) -> tuple[dict[str, int], int]:
    """Return how many calls of each kind were made since the last question, and how many in a row."""
    found = Counter(call.api for call in simulated.calls), simulated.calls.depth()
    simulated.calls.clear()
    return found


def test_calls_of_a_request_and_its_approvals(
    alice: PersonClient, person: Person, warm: Simulator
) -> None:
    request_id = requested(alice)
    # The people of both groups, to check that different people can fill the stages.
    assert made(warm) == (FACTS | {GROUPS: 1, MEMBERS: 2}, 2)
    assert approve(person(LEADS[0]), request_id).status_code == 200
    # The groups of the requester and the approver, and the people of the stage that opens.
    assert made(warm) == (FACTS | {GROUPS: 2, MEMBERS: 1}, 2)
    assert approve(person(SECURITY[0]), request_id).json()["status"] == "ACTIVE"
    # Also the groups of the person who approved before; no stage opens.
    assert made(warm) == (FACTS | {GROUPS: 3, SET: 1}, 2)


def test_a_list_makes_no_more_calls_for_stages(alice: PersonClient, warm: Simulator) -> None:
    assert alice.api_get(f"/api/projects/{PROJECT}/roles").status_code == 200
    assert MEMBERS not in made(warm)[0]
