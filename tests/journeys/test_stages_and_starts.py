"""Approval in stages of access that starts later: scheduled by the last approval, checked again at the start."""

from __future__ import annotations

import pytest

from activations.models import Event, Grant
from simulator import Simulator
from tests.activations.evidence.recorded_history import differences
from tests.activations.pages.reading import Page
from tests.conftest import PersonClient
from tests.journeys.approvals import SET, state
from tests.journeys.policies import Activate, policy
from tests.journeys.schedules import HOUR, in_seconds, run_starts, scheduled_request
from tests.journeys.shop import count_activations
from tests.journeys.stages import (
    JIT_ROLE,
    LEAD_THEN_SECURITY,
    LEADS,
    SECURITY,
    TWO_LEADS,
    approve,
    ask,
    requested,
    rule,
    staff,
)

pytestmark = pytest.mark.one_database


__all__ = ["policy"]

ALICE = "alice@example.com"
ANY = 'roles: ["roles/*"]'


@pytest.fixture(autouse=True)
def _staff(simulated: Simulator) -> None:
    staff(simulated)


def two_leads(simulated: Simulator) -> tuple[PersonClient, PersonClient]:
    return PersonClient(simulated, LEADS[0]), PersonClient(simulated, LEADS[1])


def test_the_last_approval_schedules_the_smallest_duration(
    alice: PersonClient, simulated: Simulator, policy: Activate
) -> None:
    policy(rule(TWO_LEADS))
    first, second = two_leads(simulated)
    start = in_seconds(HOUR)
    request_id = requested(alice, startTime=start)
    assert approve(first, request_id, minutes=10).json()["status"] == "ACTIVATION_PENDING"
    page = Page(second.get(f"/requests/{request_id}"))
    assert "with the last approval, or at the time below if that is later." in page.text
    answer = approve(second, request_id).json()
    assert answer["status"] == "SCHEDULED"
    (role,) = answer["entitlements"]
    assert (role["startTime"], role["endTime"]) == (start, start + 600)
    assert len(simulated.calls.of(SET)) == 0
    assert run_starts().finished == 1
    assert state(alice, request_id) == "ACTIVE"
    assert f"Approved by {LEADS[0]}, {LEADS[1]}" in Grant.objects.get().binding_description
    assert differences() == []


def test_a_role_with_the_marker_for_oneself_starts_after_its_approval(
    alice: PersonClient, simulated: Simulator, policy: Activate
) -> None:
    policy(rule(TWO_LEADS, when=ANY))
    request_id = requested(alice, role=JIT_ROLE, startTime=in_seconds(HOUR))
    for lead in two_leads(simulated):
        assert approve(lead, request_id).status_code == 200
    assert run_starts().finished == 1
    assert count_activations(simulated, ALICE) == 1


def test_a_rule_that_demands_other_approvals_meanwhile_fails_the_start(
    alice: PersonClient, simulated: Simulator, policy: Activate
) -> None:
    policy(rule(TWO_LEADS))
    request_id = requested(alice, startTime=in_seconds(HOUR))
    for lead in two_leads(simulated):
        approve(lead, request_id)
    policy(rule(LEAD_THEN_SECURITY))
    assert run_starts().failed == 1
    assert "requires approvals now" in Grant.objects.get().failure
    assert count_activations(simulated, ALICE, "roles/iam.securityAdmin") == 0


ONE_LEAD = 'stages: [{from: ["group:leads@example.com"], count: 1}]'
LEAD_OR_SECURITY = (
    'stages: [{from: ["group:leads@example.com", "group:security@example.com"], count: 1}]'
)


def test_an_approval_by_somebody_whom_the_rule_names_no_longer_fails_the_start(
    alice: PersonClient, simulated: Simulator, policy: Activate
) -> None:
    policy(rule(LEAD_OR_SECURITY))
    request_id = requested(alice, startTime=in_seconds(HOUR))
    approve(PersonClient(simulated, LEADS[0]), request_id)
    policy(rule(LEAD_OR_SECURITY.replace('"group:leads@example.com", ', "")))
    assert run_starts().failed == 1
    assert f"{LEADS[0]} may no longer approve this request" in Grant.objects.get().failure
    assert count_activations(simulated, ALICE, "roles/iam.securityAdmin") == 0
    assert differences() == []


def test_an_approval_by_somebody_whom_both_rules_name_lets_it_start(
    alice: PersonClient, simulated: Simulator, policy: Activate
) -> None:
    policy(rule(LEAD_OR_SECURITY))
    request_id = requested(alice, startTime=in_seconds(HOUR))
    approve(PersonClient(simulated, SECURITY[0]), request_id)
    policy(rule(LEAD_OR_SECURITY.replace('"group:leads@example.com", ', "")))
    assert run_starts().finished == 1


def test_an_approver_who_left_the_group_before_the_start_fails_it(
    alice: PersonClient, simulated: Simulator, policy: Activate
) -> None:
    policy(rule(ONE_LEAD))
    request_id = requested(alice, startTime=in_seconds(HOUR))
    approve(PersonClient(simulated, LEADS[0]), request_id)
    simulated.company.groups["leads@example.com"].members.remove(LEADS[0])
    assert run_starts().failed == 1
    assert count_activations(simulated, ALICE, "roles/iam.securityAdmin") == 0


def test_an_approver_who_was_stopped_before_the_start_fails_it(
    alice: PersonClient, olga: PersonClient, simulated: Simulator, policy: Activate
) -> None:
    policy(rule(ONE_LEAD))
    request_id = requested(alice, startTime=in_seconds(HOUR))
    approve(PersonClient(simulated, LEADS[0]), request_id)
    olga.post("/admin/stop-person/", {"email": LEADS[0], "reason": "left"})
    assert run_starts().failed == 1


def test_a_start_waits_while_the_groups_of_its_approvers_cannot_be_read(
    alice: PersonClient, simulated: Simulator, policy: Activate, no_retry_delay: None
) -> None:
    policy(rule(ONE_LEAD))
    request_id = requested(alice, startTime=in_seconds(HOUR))
    approve(PersonClient(simulated, LEADS[0]), request_id)
    simulated.faults.add("directory.groups.list", status=404, times=None)
    assert run_starts().troubled == 1
    assert state(alice, request_id) == "SCHEDULED"
    simulated.faults.clear()
    assert run_starts().finished == 1


def test_a_looser_rule_meanwhile_changes_nothing(
    alice: PersonClient, simulated: Simulator, policy: Activate
) -> None:
    policy(rule(TWO_LEADS, when=ANY))
    request_id = requested(alice, role=JIT_ROLE, startTime=in_seconds(HOUR))
    for lead in two_leads(simulated):
        approve(lead, request_id)
    policy()
    assert run_starts().finished == 1
    assert state(alice, request_id) == "ACTIVE"


def test_an_own_activation_fails_when_the_role_needs_approval_meanwhile(
    alice: PersonClient, simulated: Simulator, policy: Activate
) -> None:
    request_id = scheduled_request(alice)
    policy(rule(TWO_LEADS, when=ANY))
    assert run_starts().failed == 1
    assert state(alice, request_id) == "FAILED"
    assert count_activations(simulated, ALICE) == 0


def test_a_role_that_is_scheduled_is_not_requested_again_in_stages(
    alice: PersonClient, simulated: Simulator, policy: Activate
) -> None:
    policy(rule(TWO_LEADS))
    request_id = requested(alice, startTime=in_seconds(HOUR))
    for lead in two_leads(simulated):
        approve(lead, request_id)
    answer = ask(alice)
    assert answer.status_code == 409
    assert f"/requests/{request_id}" in answer.json()["message"]
    assert Event.objects.filter(kind="grant.scheduled").count() == 1
