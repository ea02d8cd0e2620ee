"""Requests are approved in stages, by as many different people as the rule demands."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytest_django import Settings

from activations.models import (
    Event,
    Grant,
    Reviewer,
)
from simulator import Simulator
from tests.activations.evidence.recorded_history import differences
from tests.conftest import PersonClient
from tests.journeys.approvals import SET, decide, state
from tests.journeys.policies import Activate, policy
from tests.journeys.shop import PROJECT, activations_of
from tests.journeys.stages import (
    LEAD_THEN_SECURITY,
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
    said,
    staff,
)

pytestmark = pytest.mark.one_database

__all__ = ["policy"]

ONE_OF_SECURITY = '{from: ["group:security@example.com"], count: 1}'
TWO_OF_SECURITY = '{from: ["group:security@example.com"], count: 2}'

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


def test_nobody_approves_their_own_request_and_nobody_two_stages(
    alice: PersonClient, person: Person, policy: Activate, simulated: Simulator
) -> None:
    simulated.company.join("leads@example.com", alice.email)
    simulated.company.join("security@example.com", LEADS[0])
    policy(rule(LEAD_THEN_SECURITY))
    request_id = requested(alice)
    assert alice.email not in Reviewer.objects.values_list("email", flat=True)
    assert said(approve(alice, request_id)) == (403, "You cannot review your own request")
    both = person(LEADS[0])
    assert given(approve(both, request_id)) == [(1, 1), (1, 0)]
    second = Reviewer.objects.filter(stage=2).values_list("email", flat=True)
    assert sorted(second) == SECURITY
    assert given(approve(both, request_id)) == [(1, 1), (1, 0)]
    assert approve(person(SECURITY[0]), request_id).json()["status"] == "ACTIVE"


def test_a_stage_that_is_not_open_cannot_be_approved(
    alice: PersonClient, person: Person, policy: Activate
) -> None:
    policy(rule(LEAD_THEN_SECURITY))
    request_id = requested(alice)
    # Nobody of the second stage was asked, so for them there is no request yet.
    assert approve(person(SECURITY[0]), request_id).status_code == 404
    assert approve(person(LEADS[0]), request_id).status_code == 200
    late = "Stage 1 is approved. The request waits for other people"
    assert said(approve(person(LEADS[1]), request_id)) == (409, late)
    assert state(alice, request_id) == "ACTIVATION_PENDING"


def test_designated_reviewers_approve_only_what_the_rule_names_them_for(
    alice: PersonClient, person: Person, policy: Activate, settings: Settings
) -> None:
    settings.REVIEWERS = ("user:maria@example.com",)
    policy(rule(TWO_LEADS))
    request_id = requested(alice)
    answer = approve(person("maria@example.com"), request_id)
    needs = "Stage 1 of this request does not permit approval by maria@example.com"
    assert said(answer) == (403, needs)
    assert decide(person("maria@example.com"), request_id, "decline", "no").status_code == 403


@pytest.mark.parametrize("number", [0, 1])
def test_a_decline_at_any_stage_ends_the_request(
    alice: PersonClient, person: Person, policy: Activate, number: int
) -> None:
    policy(rule(LEAD_THEN_SECURITY))
    request_id = requested(alice)
    if number:
        assert approve(person(LEADS[0]), request_id).status_code == 200
    decider = person((LEADS[1], SECURITY[1])[number])
    assert decide(decider, request_id, "decline", "not today").json()["status"] == "DECLINED"
    answer = approve(person((LEADS[2], SECURITY[0])[number]), request_id)
    assert answer.status_code in {404, 409}
    if number:
        again = approve(person(LEADS[0]), request_id)
        assert again.status_code == 409
        assert again.json()["message"].startswith(f"{decider.email} declined this request")
    assert not Grant.objects.exists()
    assert not differences()


def test_who_approved_cannot_decline(alice: PersonClient, person: Person, policy: Activate) -> None:
    policy(rule(TWO_LEADS))
    request_id = requested(alice)
    lead = person(LEADS[0])
    assert approve(lead, request_id).status_code == 200
    answer = decide(lead, request_id, "decline", "no")
    expected = "You approved this request before. Another person can decline it"
    assert said(answer) == (403, expected)


def test_the_binding_keeps_the_justification_when_many_people_approved(
    alice: PersonClient, person: Person, policy: Activate, simulated: Simulator
) -> None:
    approvers = [f"{'approver' * 5}{number}@partner.example.com" for number in range(1, 7)]
    for email in approvers:
        simulated.company.add_user(email)
    simulated.company.add_group("partners@example.com", approvers)
    policy(rule('stages: [{from: ["group:partners@example.com"], count: 6}]'))
    request_id = requested(alice)
    for email in approvers:
        assert approve(person(email), request_id).status_code == 200
    (binding,) = activations_of(simulated.company.policy(PROJECT), alice.email, ROLE.split(":")[1])
    said = f"Approved by {', '.join(approvers[:3])} and 3 more, justification: CASE-9"
    assert binding["condition"]["description"] == said
