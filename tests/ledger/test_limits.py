"""Changes of projects, policies and groups while access is active."""

from __future__ import annotations

import pytest

from activations.domain.states import EndReason, GrantState
from activations.models import Grant
from simulator import Simulator
from tests.conftest import FakeClock, PersonClient
from tests.journeys.shop import PROJECT, activate, activations_of
from tests.ledger.invariants import different
from tests.ledger.later import MUCH_LATER, reconcile_later
from tests.ledger.operations import GET
from tests.ledger.world import policies
from tests.moments import now

ALICE = "alice@example.com"
LONGER = {"activationTimeout": 100, "justification": "more"}


def grant() -> Grant:
    return Grant.objects.exclude(state=GrantState.FAILED).get(beneficiary_email=ALICE)


def fill(simulated: Simulator, *, up_to: int) -> None:
    """Fill the policy with bindings of others up to its limit."""
    policy = simulated.company.policy(PROJECT)
    count = sum(len(binding["members"]) for binding in policy["bindings"])
    logs = [log for config in policy["auditConfigs"] for log in config["auditLogConfigs"]]
    count += sum(len(log["exemptedMembers"]) for log in logs)
    people = [f"user:p{number}@example.com" for number in range(up_to - count)]
    for person in people:
        simulated.company.add_user(person.removeprefix("user:"))
    policy["bindings"].append({"role": "roles/compute.viewer", "members": people})
    simulated.company.put_policy(PROJECT, policy)


def test_in_a_full_policy_access_can_still_be_extended_and_ended(
    alice: PersonClient, simulated: Simulator
) -> None:
    activate(alice)
    fill(simulated, up_to=1500)
    assert activate(alice, f"{PROJECT}:roles/run.admin").status_code == 400
    assert alice.api_post(f"/api/grants/{grant().id}/extend", LONGER).status_code == 200
    running = Grant.objects.get(state=GrantState.ACTIVE)
    assert alice.api_post(f"/api/grants/{running.id}/end", {"reason": ""}).status_code == 200
    assert activations_of(simulated.company.policy(PROJECT), ALICE, "roles/compute.admin") == []


def test_the_reconciler_works_in_a_policy_beyond_its_limit(
    alice: PersonClient, simulated: Simulator
) -> None:
    activate(alice)
    fill(simulated, up_to=1500)
    _, moment = reconcile_later(MUCH_LATER)
    assert grant().state == GrantState.ENDED
    assert different(policies(simulated.company), now=moment) == []
    assert activations_of(simulated.company.policy(PROJECT), ALICE, "roles/compute.admin") == []


def test_at_twenty_conditions_of_a_role_access_can_still_be_extended_and_ended(
    alice: PersonClient, simulated: Simulator
) -> None:
    activate(alice)
    for number in range(18):  # one makes the role eligible, one is the activation
        condition = f'resource.name == "{number}"'
        simulated.company.bind(
            PROJECT, "roles/compute.admin", f"user:{ALICE}", condition, title=f"By hand {number}"
        )
    assert alice.api_post(f"/api/grants/{grant().id}/extend", LONGER).status_code == 200
    running = Grant.objects.get(state=GrantState.ACTIVE)
    assert alice.api_post(f"/api/grants/{running.id}/end", {"reason": ""}).status_code == 200
    assert activations_of(simulated.company.policy(PROJECT), ALICE, "roles/compute.admin") == []


@pytest.fixture
def through_a_group(alice: PersonClient, simulated: Simulator) -> Grant:
    """Make Alice eligible through a group."""
    simulated.company.add_group("temps@example.com", [ALICE])
    role = "roles/compute.viewer"
    simulated.company.bind(PROJECT, role, "group:temps@example.com", "has({}.jitAccessConstraint)")
    answer = activate(alice, f"{PROJECT}:{role}")
    assert answer.status_code == 200, answer.content
    return grant()


def test_access_through_a_deleted_group_continues_and_can_be_ended_but_not_extended(
    through_a_group: Grant, alice: PersonClient, simulated: Simulator
) -> None:
    simulated.company.remove_group("temps@example.com")
    counts, _ = reconcile_later()
    assert counts.drifted == 0
    path = f"/api/grants/{through_a_group.id}"
    assert alice.api_post(f"{path}/extend", LONGER).status_code == 403
    assert alice.api_get("/api/grants").json()["grants"][0]["status"] == "ACTIVE"
    assert alice.api_post(f"{path}/end", {"reason": "over"}).status_code == 200
    assert different(policies(simulated.company), now=now())[1:] == []


def close_project(simulated: Simulator, how: str) -> None:
    resource = simulated.company.resource(PROJECT)
    if how == "being deleted":
        resource.state = "DELETE_REQUESTED"
    elif how == "hidden":
        simulated.faults.add("*IamPolicy", status=403, times=None, when=lambda c: PROJECT in c.path)
    else:
        simulated.company.remove_project(PROJECT)


@pytest.mark.parametrize(
    ("how", "answered"), [("being deleted", {400}), ("hidden", {403}), ("gone", {403, 404})]
)
def test_a_project_that_is_deleted_while_access_is_active(
    alice: PersonClient,
    simulated: Simulator,
    no_retry_delay: FakeClock,
    how: str,
    answered: set[int],
) -> None:
    activate(alice)
    close_project(simulated, how)
    answer = alice.api_post(f"/api/grants/{grant().id}/end", {"reason": "gone"})
    assert answer.status_code in answered
    assert grant().state == GrantState.ACTIVE
    assert grant().ending_failure
    assert activate(alice, f"{PROJECT}:roles/run.admin").status_code in answered
    counts, _ = reconcile_later()
    assert counts.troubled >= 1, "it is told"
    reconcile_later(MUCH_LATER)
    assert (grant().state, grant().end_reason) == (GrantState.ENDED, EndReason.EXPIRED)


def test_a_failing_project_does_not_delay_the_reconciliation_of_others(
    alice: PersonClient, simulated: Simulator, no_retry_delay: FakeClock
) -> None:
    activate(alice)
    body = {
        "entitlementIds": ["billing-prod:roles/bigquery.dataViewer"],
        "justification": "x",
        "activationTimeout": 5,
    }
    assert alice.api_post("/api/projects/billing-prod/roles/self-activate", body).status_code == 200
    simulated.company.remove_project(PROJECT)
    _, moment = reconcile_later(MUCH_LATER)
    assert different(policies(simulated.company), now=moment) == []
    dead = activations_of(
        simulated.company.policy("billing-prod"), ALICE, "roles/bigquery.dataViewer"
    )
    assert dead == []


def test_a_deleted_project_is_not_read_permanently(
    alice: PersonClient, simulated: Simulator, no_retry_delay: FakeClock
) -> None:
    activate(alice)
    simulated.company.remove_project(PROJECT)
    simulated.faults.add(GET, status=404, times=None, when=lambda call: PROJECT in call.path)
    counts, _ = reconcile_later()
    assert (counts.drifted, grant().end_reason) == (1, EndReason.DRIFTED)
    reconcile_later(MUCH_LATER)
    simulated.calls.clear()
    counts, _ = reconcile_later(MUCH_LATER)
    assert counts.troubled == 0
    assert not simulated.calls.of(GET)
