"""Requests are approved in stages, by as many different people as the rule demands."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from activations.models import Event, Grant
from simulator import Simulator
from tests.activations.evidence.recorded_history import differences
from tests.conftest import PersonClient
from tests.journeys.approvals import SET, state
from tests.journeys.policies import Activate, policy
from tests.journeys.shop import PROJECT, activations_of
from tests.journeys.stages import (
    LEADS,
    OWNER,
    ROLE,
    SECURITY,
    THREE_STAGES,
    TWO_LEADS,
    approve,
    given,
    requested,
    rule,
    staff,
)

__all__ = ["policy"]

Person = Callable[[str], PersonClient]


@pytest.fixture(autouse=True)
def _staff(simulated: Simulator) -> None:
    staff(simulated)


def test_seven_people_approve_in_three_stages_and_one_write_grants(
    alice: PersonClient, person: Person, policy: Activate, simulated: Simulator
) -> None:
    policy(rule(THREE_STAGES))
    request_id = requested(alice)
    approvers = [*LEADS, *SECURITY, OWNER]
    for number, email in enumerate(approvers, start=1):
        assert state(alice, request_id) == "ACTIVATION_PENDING"
        assert not simulated.calls.of(SET)
        answer = approve(person(email), request_id, comment=f"ok {number}")
        assert answer.status_code == 200, answer.content
        assert sum(has for _, has in given(answer)) == number
    answer = alice.api_get(f"/api/requests/{request_id}")
    assert given(answer) == [(4, 4), (2, 2), (1, 1)]
    assert answer.json()["status"] == "ACTIVE"
    assert len(simulated.calls.of(SET)) == 1
    (binding,) = activations_of(simulated.company.policy(PROJECT), alice.email, ROLE.split(":")[1])
    said_by = f"Approved by {', '.join(approvers)}, justification: CASE-9"
    assert binding["condition"]["description"] == said_by
    stages = answer.json()["approvals"]
    assert [stage["from"] for stage in stages] == [
        ["group:leads@example.com"],
        ["group:security@example.com"],
        [f"user:{OWNER}"],
    ]
    assert [(one["email"], one["comment"]) for one in stages[1]["by"]] == [
        (SECURITY[0], "ok 5"),
        (SECURITY[1], "ok 6"),
    ]
    assert isinstance(stages[2]["by"][0]["at"], int)
    assert not differences()


def test_the_last_approval_of_several_from_one_group_grants(
    alice: PersonClient, person: Person, policy: Activate
) -> None:
    policy(rule(TWO_LEADS))
    request_id = requested(alice)
    first = approve(person(LEADS[2]), request_id)
    assert (first.status_code, first.json()["status"]) == (200, "ACTIVATION_PENDING")
    assert not Grant.objects.exists()
    second = approve(person(LEADS[0]), request_id)
    assert (second.status_code, second.json()["status"]) == (200, "ACTIVE")


def test_approving_twice_changes_nothing(
    alice: PersonClient, person: Person, policy: Activate
) -> None:
    policy(rule(TWO_LEADS))
    request_id = requested(alice)
    lead = person(LEADS[0])
    assert approve(lead, request_id).status_code == 200
    events = Event.objects.count()
    again = approve(lead, request_id)
    assert (again.status_code, given(again)) == (200, [(2, 1)])
    assert Event.objects.count() == events
    assert state(alice, request_id) == "ACTIVATION_PENDING"
