"""Stages that nobody answers: reminded, escalated and expired at the times of the rule, with mails and evidence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from pytest_django import Settings

from activations.iam.dependencies import current_limits
from activations.models import Event, OutboxMessage, Request, Reviewer
from activations.notifications.mail_server import MailServer
from activations.services.expiry import expire_due
from activations.services.reminders import Counts, remind_due
from eligibility import providers
from googlecloud.calls import Deadline
from simulator import Simulator
from tests.activations.evidence.recorded_history import differences
from tests.conftest import PersonClient
from tests.journeys.approvals import decide, state
from tests.journeys.policies import Activate, policy
from tests.journeys.stages import LEADS, OWNER, SECURITY, approve, given, requested, rule, staff
from tests.rewriting import rewrite

pytestmark = pytest.mark.one_database


__all__ = ["policy"]

Person = Callable[[str], PersonClient]

STAGES = (
    'stages: [{from: ["group:leads@example.com"], count: 2}, {from: ["group:security@example.com"], count: 1}],'
    " answer_within: 4h, remind_after: 30m,"
    f' escalate: {{after: 1h, to: ["user:{OWNER}"]}}'
)
HALF_AN_HOUR, HOUR = timedelta(minutes=31), timedelta(minutes=61)


@pytest.fixture(autouse=True)
def _company(simulated: Simulator, policy: Activate, settings: Settings) -> None:
    """Two of four leads, then security; the owner may approve after an escalation. Mails wait in the outbox."""
    staff(simulated)
    policy(rule(STAGES))
    settings.MAIL_SERVER = MailServer(host="127.0.0.1", port=9, sender_address="jit@example.com")
    settings.NOTIFICATION_BACKGROUND_DELIVERY = False


def run(at: datetime) -> Counts:
    read = providers.group_members().people
    return remind_due(now=at, deadline=Deadline(45), read_groups=read)


def opened() -> datetime:
    at = Request.objects.get().stage_opened_at
    assert at is not None
    return at


def mailed(kind: str) -> list[list[str]]:
    """Return who got mails of this kind."""
    found = OutboxMessage.objects.filter(kind=kind, channel="mail")
    return [message.recipients["to"] for message in found]


def test_the_reviewers_who_have_not_answered_are_reminded(
    alice: PersonClient, person: Person
) -> None:
    request_id = requested(alice)
    assert approve(person(LEADS[0]), request_id).status_code == 200
    assert run(opened() + HALF_AN_HOUR) == Counts(reminded=1)
    assert mailed("RequestReminder") == [LEADS[1:]]
    assert mailed("ApprovalRecorded") == [[alice.email]]
    assert not differences()


def test_after_an_escalation_other_people_can_approve_and_earlier_ones_still_can(
    alice: PersonClient, person: Person, charlie: PersonClient
) -> None:
    request_id = requested(alice)
    owner = person(OWNER)
    assert approve(owner, request_id).status_code == 404
    assert run(opened() + HOUR) == Counts(reminded=1, escalated=1)
    assert mailed("RequestEscalated") == [[*LEADS, OWNER]]
    assert request_id in owner.get("/reviews").content.decode()
    assert approve(owner, request_id).status_code == 200
    assert given(approve(person(LEADS[3]), request_id)) == [(2, 2), (1, 0)]
    assert charlie.api_get(f"/api/requests/{request_id}").status_code == 404
    assert not differences()


def test_each_stage_tells_its_own_people_and_is_escalated_by_itself(
    alice: PersonClient, person: Person
) -> None:
    request_id = requested(alice)
    assert run(opened() + HOUR).escalated == 1
    for email in LEADS[:2]:
        assert approve(person(email), request_id).status_code == 200
    assert sorted(mailed("RequestActivation")) == [LEADS, SECURITY]
    request = Request.objects.get()
    assert (request.stage, request.reminded_at, request.escalated_at) == (2, None, None)
    assert approve(person(OWNER), request_id).status_code == 409
    assert run(opened() + HALF_AN_HOUR) == Counts(reminded=1)
    assert sorted(mailed("RequestReminder")) == [LEADS, SECURITY]
    assert run(opened() + HOUR) == Counts(escalated=1)
    assert approve(person(OWNER), request_id).status_code == 200
    assert state(alice, request_id) == "ACTIVE"
    (recipients,) = mailed("ActivationApproved")
    assert recipients == [alice.email]
    assert not differences()


def test_the_page_of_the_request_tells_of_reminder_and_escalation(alice: PersonClient) -> None:
    request_id = requested(alice)
    run(opened() + HOUR)
    page = alice.get(f"/requests/{request_id}").content.decode()
    assert "Reminded the reviewers of stage 1" in page
    assert "Escalated stage 1: more people can approve it" in page


def test_a_request_waits_for_as_long_as_its_rule_says(alice: PersonClient, person: Person) -> None:
    request_id = requested(alice)
    request = Request.objects.get()
    assert request.expires_at == request.requested_at + timedelta(hours=4)
    limit = request.requested_at + current_limits().request_validity
    assert request.expires_at > limit
    assert expire_due(now=limit + timedelta(minutes=1)) == 0
    assert approve(person(LEADS[0]), request_id).status_code == 200
    assert expire_due(now=request.expires_at) == 1
    assert run(request.expires_at) == Counts()
    assert state(alice, request_id) == "EXPIRED"
    assert mailed("RequestExpired") == [LEADS]
    assert not differences()


def test_a_request_may_wait_for_seven_days(alice: PersonClient, policy: Activate) -> None:
    policy(rule(STAGES.replace("4h", "7d").replace("1h", "6d")))
    requested(alice)
    request = Request.objects.get()
    assert request.expires_at == request.requested_at + timedelta(days=7)
    assert run(request.requested_at + timedelta(days=6)).escalated == 1


def test_a_rule_without_a_limit_uses_the_one_of_the_environment(
    alice: PersonClient, policy: Activate
) -> None:
    policy(rule(STAGES.replace(" answer_within: 4h,", "").replace("1h", "40m")))
    requested(alice)
    request = Request.objects.get()
    assert request.expires_at == request.requested_at + current_limits().request_validity


def test_the_rule_that_was_kept_with_the_request_decides_when_it_is_escalated(
    alice: PersonClient, policy: Activate
) -> None:
    requested(alice)
    policy(rule(STAGES.replace("1h", "3h").replace("30m", "2h")))
    assert run(opened() + HOUR) == Counts(reminded=1, escalated=1)


def test_nobody_is_told_after_a_decline(alice: PersonClient, person: Person) -> None:
    request_id = requested(alice)
    at = opened()
    assert decide(person(LEADS[0]), request_id, "decline", "Not today").status_code == 200
    assert run(at + HOUR) == Counts()
    assert not Event.objects.filter(kind__in=["request.reminded", "request.escalated"]).exists()


def test_the_requester_is_never_asked_by_an_escalation(
    alice: PersonClient, policy: Activate
) -> None:
    policy(rule(STAGES.replace(OWNER, alice.email)))
    requested(alice)
    assert run(opened() + HOUR).escalated == 1
    assert mailed("RequestEscalated") == [LEADS]
    assert not Reviewer.objects.filter(email=alice.email).exists()


def test_a_stage_that_is_opened_again_is_reminded_and_escalated_again(
    alice: PersonClient, person: Person, simulated: Simulator
) -> None:
    request_id = requested(alice)
    assert run(opened() + HOUR) == Counts(reminded=1, escalated=1)
    for email in LEADS[:2]:
        assert approve(person(email), request_id).status_code == 200
    simulated.company.leave("leads@example.com", LEADS[0])
    providers.reset()
    assert approve(person(SECURITY[0]), request_id).status_code == 409
    request = Request.objects.get()
    assert (request.stage, request.reminded_at, request.escalated_at) == (1, None, None)
    assert run(opened() + HOUR) == Counts(reminded=1, escalated=1)
    still_able = [*LEADS[2:], OWNER]
    for kind in ("request.reminded", "request.escalated"):
        last = Event.objects.filter(kind=kind).order_by("sequence").last()
        assert last
        assert last.details["notified"] == still_able
    assert Reviewer.objects.filter(email=OWNER).count() == 1
    assert not differences()


def test_nobody_is_reminded_whose_deputy_has_answered(
    alice: PersonClient, person: Person, simulated: Simulator
) -> None:
    simulated.company.add_user("dan@example.com")
    request_id = requested(alice)
    end = int((opened() + timedelta(days=1)).timestamp())
    named = person(LEADS[0]).api_post("/api/absence", {"deputy": "dan@example.com", "endTime": end})
    assert named.status_code == 200
    assert given(approve(person("dan@example.com"), request_id)) == [(2, 1), (1, 0)]
    run(opened() + HALF_AN_HOUR)
    (told,) = mailed("RequestReminder")
    assert told == LEADS[1:]


def test_who_the_active_rule_adds_later_cannot_approve_before_its_time(
    alice: PersonClient, person: Person, policy: Activate
) -> None:
    request_id = requested(alice)
    assert run(opened() + HOUR) == Counts(escalated=1, reminded=1)
    policy(rule(STAGES.replace("after: 1h", "after: 3h")))
    refused = approve(person(OWNER), request_id)
    assert refused.status_code == 403
    assert f"does not permit approval by {OWNER}" in refused.json()["message"]
    rewrite(Request.objects, stage_opened_at=opened() - 3 * HOUR)
    assert approve(person(OWNER), request_id).status_code == 200
