"""Who is asked in the stages of a request, who is notified, and for how long approvals grant access."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from pytest_django import Settings

from activations.models import (
    Grant,
    OutboxMessage,
    Request,
    Review,
    Reviewer,
    Stop,
    User,
)
from activations.people.visibility import waiting_for
from activations.services.reminders import remind_due
from eligibility import providers
from googlecloud.calls import Deadline
from simulator import Simulator
from tests.activations.evidence.recorded_history import differences
from tests.conftest import PersonClient
from tests.journeys.approvals import pending_request
from tests.journeys.policies import Activate, policy
from tests.journeys.stages import (
    LEAD_THEN_SECURITY,
    LEADS,
    OWNER,
    SECURITY,
    TWO_LEADS,
    approve,
    ask,
    given,
    requested,
    rule,
    said,
    staff,
)
from tests.moments import now

pytestmark = pytest.mark.one_database


__all__ = ["policy"]

ONE_OF_SECURITY = '{from: ["group:security@example.com"], count: 1}'
TWO_OF_SECURITY = '{from: ["group:security@example.com"], count: 2}'

Person = Callable[[str], PersonClient]


@pytest.fixture(autouse=True)
def _staff(simulated: Simulator) -> None:
    staff(simulated)


@pytest.mark.parametrize(
    ("approval", "stage"),
    [
        ('stages: [{from: ["group:leads@example.com"], count: 5}]', 1),
        (
            f"stages: [{ONE_OF_SECURITY}, {TWO_OF_SECURITY}]",
            2,
        ),
        (
            f"stages: [{ONE_OF_SECURITY}, {{from: ['user:alice@example.com'], count: 1}}]",
            2,
        ),
        ('stages: [{from: ["user:robot@shop-prod.iam.gserviceaccount.com"], count: 1}]', 1),
        ('stages: [{from: ["user:lead1@example.com", "user:stopped@example.com"], count: 2}]', 1),
    ],
)
def test_a_stage_that_different_people_cannot_fill_is_named(
    alice: PersonClient,
    olga: PersonClient,
    policy: Activate,
    simulated: Simulator,
    approval: str,
    stage: int,
) -> None:
    Stop.objects.create(
        email="stopped@example.com",
        reason="stolen",
        stopped_by="olga@example.com",
        stopped_at=now(),
    )
    policy(rule(approval))
    status, message = said(ask(alice))
    assert status == 400
    assert message.startswith(f"Stage {stage} of the rule 'strict' requires approval by ")
    assert not Request.objects.exists()


def test_a_group_of_approvers_that_cannot_be_read_is_no_empty_group(
    alice: PersonClient, policy: Activate
) -> None:
    policy(rule('stages: [{from: ["group:gone@example.com", "user:lead1@example.com"], count: 1}]'))
    status, message = said(ask(alice))
    assert status == 503
    assert "gone@example.com" in message


def test_suspended_people_and_members_of_nested_groups(
    alice: PersonClient, policy: Activate, simulated: Simulator
) -> None:
    company = simulated.company
    company.add_user("idle@example.com", suspended=True)
    company.add_group("all@example.com", ["leads@example.com", "idle@example.com"])
    policy(rule('stages: [{from: ["group:all@example.com"], count: 1}]'))
    requested(alice)
    assert sorted(Reviewer.objects.values_list("email", flat=True)) == LEADS


def test_chosen_people_are_notified_and_everybody_may_approve(
    alice: PersonClient, person: Person, policy: Activate, settings: Settings
) -> None:
    settings.ACTIVATION_REQUEST_MIN_REVIEWERS = 2
    settings.ACTIVATION_REQUEST_MAX_REVIEWERS = 2
    policy(rule(TWO_LEADS))
    assert ask(alice, LEADS[0]).status_code == 400
    assert ask(alice, *LEADS[:3]).status_code == 400
    status, message = said(ask(alice, LEADS[0], SECURITY[0]))
    assert status == 400
    assert message.startswith(f"{SECURITY[0]} cannot approve in stage 1 of the rule 'strict'")
    request_id = requested(alice, LEADS[0], LEADS[1])
    notified = Reviewer.objects.filter(is_notified=True).values_list("email", flat=True)
    assert sorted(notified) == LEADS[:2]
    assert Reviewer.objects.count() == 4
    approve(person(LEADS[2]), request_id)
    answer = approve(person(LEADS[3]), request_id)
    assert answer.json()["status"] == "ACTIVE"


def test_at_most_fifty_people_are_notified(
    alice: PersonClient, policy: Activate, simulated: Simulator
) -> None:
    many = [f"many{number}@example.com" for number in range(60)]
    for email in many:
        simulated.company.add_user(email)
    simulated.company.add_group("many@example.com", many)
    policy(rule('stages: [{from: ["group:many@example.com"], count: 1}]'))
    requested(alice)
    assert Reviewer.objects.filter(is_notified=True).count() == 50
    assert Reviewer.objects.count() == 60


def test_without_stages_reviewers_must_still_be_chosen(
    alice: PersonClient, policy: Activate
) -> None:
    policy(rule(TWO_LEADS, when='roles: ["roles/other"]'))
    assert said(ask(alice)) == (400, "You must select at least 1 reviewers")


def test_the_queue_shows_the_open_stage_to_those_who_have_not_approved(
    alice: PersonClient, person: Person, policy: Activate
) -> None:
    policy(
        rule(
            'stages: [{from: ["group:leads@example.com"], count: 2},'
            ' {from: ["group:security@example.com"], count: 1}]'
        )
    )
    request_id = requested(alice)

    def queue() -> list[str]:
        return [
            email
            for email in (*LEADS[:3], SECURITY[0], alice.email)
            if waiting_for(User.objects.filter(email=email).first() or User(email=email), now=now())
        ]

    for email in (*LEADS[:3], SECURITY[0]):
        person(email).api_get("/api/policy")
    assert queue() == LEADS[:3]
    approve(person(LEADS[0]), request_id)
    assert queue() == LEADS[1:3]
    approve(person(LEADS[1]), request_id)
    assert queue() == [SECURITY[0]]
    assert person(LEADS[2]).api_get(f"/api/requests/{request_id}").status_code == 200
    approve(person(SECURITY[0]), request_id)
    assert queue() == []


def test_charlie_sees_nothing(alice: PersonClient, charlie: PersonClient, policy: Activate) -> None:
    policy(rule(TWO_LEADS))
    request_id = requested(alice)
    assert charlie.api_get(f"/api/requests/{request_id}").status_code == 404
    assert approve(charlie, request_id).status_code == 404


def test_a_request_waits_as_long_as_its_rule_says(alice: PersonClient, policy: Activate) -> None:
    policy(rule(f"{TWO_LEADS}, answer_within: 2d"))
    answer = ask(alice).json()
    assert answer["expiresAt"] - answer["requestedAt"] == 2 * 24 * 3600


def test_escalated_people_approve_once_the_stage_was_escalated(
    alice: PersonClient, person: Person, policy: Activate, settings: Settings
) -> None:
    settings.REVIEWERS = (f"user:{OWNER}",)  # sees every request
    policy(rule(f'{TWO_LEADS}, escalate: {{after: 5m, to: ["user:{OWNER}"]}}'))
    request_id = requested(alice)
    assert approve(person(OWNER), request_id).status_code == 403
    read = providers.group_members().people
    remind_due(now=now() + timedelta(minutes=6), deadline=Deadline(45), read_groups=read)
    assert given(approve(person(OWNER), request_id)) == [(2, 1)]
    assert approve(person(LEADS[0]), request_id).json()["status"] == "ACTIVE"


@pytest.mark.parametrize("bad", [0, -1, 31, "ten", True, 1.5])
def test_minutes_are_at_least_one_and_at_most_what_was_asked(
    alice: PersonClient, person: Person, policy: Activate, bad: object
) -> None:
    policy(rule(TWO_LEADS))
    request_id = requested(alice)
    assert approve(person(LEADS[0]), request_id, minutes=bad).status_code == 400
    assert not Review.objects.exists()


def test_the_smallest_approved_duration_is_granted(
    alice: PersonClient, person: Person, policy: Activate, simulated: Simulator
) -> None:
    policy(rule('stages: [{from: ["group:leads@example.com"], count: 3}]'))
    request_id = requested(alice)
    approve(person(LEADS[0]), request_id, minutes=20)
    approve(person(LEADS[1]), request_id, minutes=10)
    answer = approve(person(LEADS[2]), request_id)
    (role,) = answer.json()["entitlements"]
    assert role["endTime"] - role["startTime"] == 10 * 60
    row = Request.objects.get()
    assert (row.minutes, row.granted_minutes) == (30, 10)
    assert [one.minutes for one in Review.objects.order_by("pk")] == [20, 10, None]
    assert not differences()


def test_a_single_reviewer_can_approve_less_too(alice: PersonClient, bob: PersonClient) -> None:
    request_id = pending_request(alice)
    answer = approve(bob, request_id, minutes=5)
    (role,) = answer.json()["entitlements"]
    assert role["endTime"] - role["startTime"] == 5 * 60
    assert answer.json()["approvals"] == []


def test_messages_name_the_last_and_all_approvers(
    alice: PersonClient, person: Person, policy: Activate, settings: Settings
) -> None:
    settings.NOTIFICATION_TOPIC = "projects/jit/topics/t"
    policy(rule(LEAD_THEN_SECURITY))
    request_id = requested(alice, LEADS[0])
    approve(person(LEADS[1]), request_id)
    approve(person(SECURITY[0]), request_id)
    said = [
        (row.kind, row.payload["properties"])
        for row in OutboxMessage.objects.filter(channel="pubsub").order_by("created_at", "pk")
    ]
    found = {kind: [one for name, one in said if name == kind] for kind, _ in said}
    assert sorted(one["reviewers"] for one in found["RequestActivation"]) == [
        [LEADS[0]],
        SECURITY,
    ]
    (approved,) = found["ActivationApproved"]
    assert approved["approver"] == SECURITY[0]
    assert approved["approvers"] == [LEADS[1], SECURITY[0]]


def test_an_extension_asks_everybody_of_the_first_stage_again(
    alice: PersonClient, person: Person, policy: Activate
) -> None:
    policy(rule(LEAD_THEN_SECURITY))
    request_id = requested(alice, LEADS[0])
    for email in (LEADS[0], SECURITY[0]):
        approve(person(email), request_id)
    grant = Grant.objects.get()
    body = {"activationTimeout": 60, "justification": "CASE-10"}
    answer = alice.api_post(f"/api/grants/{grant.pk}/extend", body)
    assert (answer.status_code, given(answer)) == (200, [(1, 0), (1, 0)])
    assert [one["email"] for one in answer.json()["reviewers"]] == LEADS
    approve(person(LEADS[2]), answer.json()["requestId"])
    last = approve(person(SECURITY[1]), answer.json()["requestId"])
    assert last.json()["status"] == "ACTIVE"
    grant.refresh_from_db()
    assert (grant.state, grant.end_reason) == ("ended", "extended")
