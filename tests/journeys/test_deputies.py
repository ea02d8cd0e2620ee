"""Bob names a deputy for an absence: who decides, who is recorded, and when it ends."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest

from activations.evidence.verification import verify
from activations.models import Absence, Event, OutboxMessage, Review
from activations.notifications.mail_server import MailServer
from tests.activations.pages.reading import Page
from tests.journeys.approvals import SET, decide, pending_request, state
from tests.journeys.policies import policy
from tests.journeys.renamed import new_account_at, renamed
from tests.journeys.shop import PROJECT
from tests.journeys.stages import (
    LEAD_THEN_SECURITY,
    LEADS,
    SECURITY,
    TWO_LEADS,
    approve,
    given,
    requested,
    rule,
    said,
    staff,
)
from tests.moments import now

pytestmark = pytest.mark.one_database


__all__ = ["policy"]

PAGE = "/admin/deputy/"
DAN = "dan@example.com"
DAY = timedelta(days=1)


def seconds(moment):
    return int(moment.timestamp())


def name(who, deputy=DAN, **times):
    body = {"deputy": deputy, "endTime": seconds(now() + DAY)} | times
    return who.api_post("/api/absence", body)


def test_a_reviewer_names_a_deputy_over_the_api(bob):
    end = seconds(now() + DAY)
    answer = name(bob, endTime=end)
    assert answer.status_code == 200, answer.content
    assert bob.api_get("/api/absence").json() == answer.json()
    assert answer.json()["deputy"] == DAN
    assert answer.json()["endTime"] == end
    event = Event.objects.get(kind="absence.named")
    assert (event.actor_email, event.details["deputy"]) == ("bob@example.com", DAN)


def test_naming_the_same_deputy_again_changes_nothing(bob):
    end = seconds(now() + DAY)
    name(bob, endTime=end)
    assert name(bob, endTime=end).status_code == 200
    assert Absence.objects.count() == 1
    assert Event.objects.filter(kind="absence.named").count() == 1


def test_another_deputy_replaces_the_first(bob):
    name(bob)
    name(bob, "carol@example.com")
    assert bob.api_get("/api/absence").json()["deputy"] == "carol@example.com"
    assert Event.objects.filter(kind="absence.ended").count() == 1


def test_an_absence_can_be_ended_early(bob):
    name(bob)
    answer = bob.delete("/api/absence", headers={"X-JITACCESS": "1"})
    assert answer.status_code == 200, answer.content
    assert bob.api_get("/api/absence").status_code == 404


@pytest.mark.parametrize(
    ("deputy", "message"),
    [
        ("bob@example.com", "You cannot be your own deputy. Name another person"),
        ("", "Enter the e-mail address of one person"),
        ("robot@p.iam.gserviceaccount.com", "is a service account"),
    ],
)
def test_a_deputy_is_another_person(bob, deputy, message):
    answer = name(bob, deputy)
    assert answer.status_code == 400
    assert message in answer.json()["message"]


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        (None, -DAY, "The end must be in the future"),
        (2 * DAY, DAY, "The end must be later than the start"),
        (None, 91 * DAY, "at most as long"),
        (91 * DAY, 92 * DAY, "starts within 90 days"),
    ],
)
def test_the_time_of_an_absence_is_limited(bob, start, end, message):
    times = {"endTime": seconds(now() + end)}
    times |= {"startTime": seconds(now() + start)} if start else {}
    answer = name(bob, **times)
    assert answer.status_code == 400
    assert message in answer.json()["message"]


def test_the_end_is_required(bob):
    answer = bob.api_post("/api/absence", {"deputy": DAN})
    assert answer.status_code == 400
    assert "endTime is required" in answer.json()["message"]


def test_the_page_names_and_ends(olga):
    assert Page(olga.get("/admin/")).links()["Deputy"] == PAGE
    end = (now() + DAY).astimezone(UTC)
    sent = {"deputy": DAN, "start": "", "end": f"{end:%Y-%m-%dT%H:%M}"}
    assert olga.post(PAGE, sent).status_code == 302
    text = olga.get(PAGE).content.decode()
    assert f"until {end:%Y-%m-%d %H:%M} UTC" in " ".join(text.split())
    assert olga.post(PAGE, {"action": "end"}).status_code == 302
    assert "Your absence" not in olga.get(PAGE).content.decode()


def test_a_mistake_on_the_page_keeps_what_was_typed(olga):
    answer = olga.post(PAGE, {"deputy": DAN, "start": "soon", "end": ""})
    assert answer.status_code == 400
    text = answer.content.decode()
    assert "Enter the start as date and time in UTC" in text
    assert DAN in text


@pytest.fixture
def dan(person, simulated):
    """Dan holds no roles."""
    simulated.company.add_user(DAN)
    return person(DAN)


def test_a_deputy_sees_and_approves_what_the_reviewer_was_asked_for(alice, bob, dan, simulated):
    request_id = pending_request(alice)
    assert dan.api_get(f"/api/requests/{request_id}").status_code == 404
    name(bob)
    listed = dan.api_get("/api/requests", role="review").json()["requests"]
    assert [one["requestId"] for one in listed] == [request_id]
    assert decide(dan, request_id, "approve").status_code == 200
    assert len(simulated.calls.of(SET)) == 1
    review = Review.objects.get()
    assert (review.reviewer_email, review.on_behalf_of) == (DAN, "bob@example.com")
    assert verify().holds


def test_a_deputy_is_told_of_new_requests(alice, bob, settings):
    settings.MAIL_SERVER = MailServer(host="127.0.0.1", port=9, sender_address="jit@example.com")
    name(bob)
    pending_request(alice)
    message = OutboxMessage.objects.get(channel="mail")
    assert message.recipients["to"] == ["bob@example.com", "carol@example.com", DAN]


def test_the_records_name_both(alice, bob, dan, olga):
    request_id = pending_request(alice)
    name(bob)
    decide(dan, request_id, "decline", "Not today")
    both = f"{DAN} for bob@example.com"
    assert both in alice.get(f"/requests/{request_id}").content.decode()
    assert both in olga.get(f"/admin/activations/queueditem/{request_id}/change/").content.decode()
    answer = alice.api_get(f"/api/requests/{request_id}").json()
    assert [one["onBehalfOf"] for one in answer["reviews"]] == ["bob@example.com"]


def test_a_deputy_decides_in_the_queue_of_the_admin(alice, bob, dan):
    request_id = pending_request(alice)
    assert dan.get("/admin/").status_code == 403
    name(bob)
    page = dan.get(f"/admin/activations/queueditem/{request_id}/change/")
    assert page.status_code == 200
    assert "You are not a reviewer of this request" not in page.content.decode()


def test_without_an_absence_nobody_decides_for_a_reviewer(alice, bob, dan):
    request_id = pending_request(alice)
    name(bob, startTime=seconds(now() + timedelta(hours=2)))
    assert decide(dan, request_id, "approve").status_code == 404
    name(bob)
    bob.delete("/api/absence", headers={"X-JITACCESS": "1"})
    assert decide(dan, request_id, "approve").status_code == 404


def test_a_deputy_never_decides_their_own_request(alice, bob, simulated):
    request_id = pending_request(alice)
    name(bob, "alice@example.com")
    answer = decide(alice, request_id, "approve")
    assert (answer.status_code, answer.json()["message"]) == (
        403,
        "You cannot review your own request",
    )
    assert not simulated.calls.of(SET)


def test_a_deputy_has_no_more_rights_than_the_reviewer(alice, bob, dan, simulated):
    request_id = pending_request(alice)
    name(bob)
    policy = simulated.company.policy(PROJECT)
    for binding in policy["bindings"]:
        if binding["role"] == "roles/iam.securityAdmin":
            binding["members"].remove("user:bob@example.com")
    simulated.company.put_policy(PROJECT, policy)
    assert decide(dan, request_id, "approve").status_code == 403
    assert not simulated.calls.of(SET)


def test_a_stopped_reviewer_has_no_deputy(alice, bob, dan, olga):
    request_id = pending_request(alice)
    name(bob)
    olga.post("/admin/stop-person/", {"email": "bob@example.com", "reason": "left"})
    assert decide(dan, request_id, "approve").status_code == 403


def test_reviewer_and_deputy_count_as_one_person_in_stages(alice, person, dan, simulated, policy):
    staff(simulated)
    policy(rule(TWO_LEADS))
    request_id = requested(alice)
    lead = person(LEADS[0])
    name(lead)
    assert given(approve(dan, request_id)) == [(2, 1)]
    code, message = said(approve(lead, request_id))
    assert (code, message) == (403, f"{DAN} reviewed this request on your behalf")
    assert approve(person(LEADS[1]), request_id).json()["status"] == "ACTIVE"
    assert verify().holds


def test_a_reviewer_who_approved_cannot_approve_again_through_a_deputy(
    alice, person, dan, simulated, policy
):
    staff(simulated)
    policy(rule(TWO_LEADS))
    request_id = requested(alice)
    lead = person(LEADS[0])
    approve(lead, request_id)
    name(lead)
    assert approve(dan, request_id).status_code == 403
    assert not simulated.calls.of(SET)


@pytest.fixture
def stages(simulated, policy):
    """Two of four leads approve."""
    staff(simulated)
    policy(rule(TWO_LEADS))


def waiting(who):
    """Return whether a request waits for this person, on the page and in the queue of the admin."""
    shown = Page(who.get("/reviews")).text
    return "alice@example.com requests" in shown.partition("Decided by you")[0]


def test_a_renamed_reviewer_and_their_deputy_count_as_one_person(
    alice, person, dan, simulated, stages
):
    request_id = requested(alice)
    name(person(LEADS[0]))
    approve(dan, request_id)
    lead = renamed(simulated, LEADS[0], "leader@example.com")
    assert said(approve(lead, request_id)) == (403, f"{DAN} reviewed this request on your behalf")
    assert state(alice, request_id) == "ACTIVATION_PENDING"
    assert not simulated.calls.of(SET)
    assert approve(person(LEADS[1]), request_id).json()["status"] == "ACTIVE"
    assert verify().holds


def test_the_next_owner_of_an_address_has_not_named_the_deputy(
    alice, person, dan, simulated, stages
):
    request_id = requested(alice)
    name(person(LEADS[0]))
    new_account_at(simulated, LEADS[0]).api_get("/api/policy")
    assert approve(dan, request_id).status_code == 403
    assert not simulated.calls.of(SET)


def test_an_approval_for_a_reviewer_whose_address_was_given_away_does_not_count(
    alice, person, dan, simulated, stages
):
    request_id = requested(alice)
    name(person(LEADS[0]))
    approve(dan, request_id)
    new_account_at(simulated, LEADS[0]).api_get("/api/policy")
    assert approve(person(LEADS[1]), request_id).status_code == 409
    assert not simulated.calls.of(SET)
    assert verify().holds


def test_what_a_deputy_decided_waits_for_neither(alice, person, dan, stages):
    request_id = requested(alice)
    lead = person(LEADS[0])
    name(lead)
    assert waiting(lead)
    assert waiting(dan)
    approve(dan, request_id)
    assert not waiting(lead)
    assert not waiting(dan)
    assert waiting(person(LEADS[1]))


def test_what_the_reviewer_decided_does_not_wait_for_the_deputy(alice, person, dan, stages):
    request_id = requested(alice)
    lead = person(LEADS[0])
    name(lead)
    approve(lead, request_id)
    assert not waiting(dan)


def test_a_reviewer_of_an_earlier_stage_decides_a_later_one_as_deputy(
    alice, person, simulated, policy
):
    staff(simulated)
    policy(rule(LEAD_THEN_SECURITY))
    request_id = requested(alice)
    name(person(SECURITY[0]), LEADS[1])
    approve(person(LEADS[0]), request_id)
    deputy = person(LEADS[1])
    page = deputy.get(f"/admin/activations/queueditem/{request_id}/change/").content.decode()
    assert "You cannot decide this request" not in page
    assert approve(deputy, request_id).json()["status"] == "ACTIVE"
    assert Review.objects.get(stage=2).on_behalf_of == SECURITY[0]


def test_what_a_deputy_decided_stays_theirs_after_the_absence(alice, bob, dan, charlie):
    request_id = pending_request(alice)
    name(bob)
    assert decide(dan, request_id, "approve").status_code == 200
    assert bob.delete("/api/absence", headers={"X-JITACCESS": "1"}).status_code == 200
    assert dan.api_get(f"/api/requests/{request_id}").status_code == 200
    assert dan.get(f"/requests/{request_id}").status_code == 200
    assert decide(dan, request_id, "approve").status_code == 200
    listed = dan.api_get("/api/requests", role="review").json()["requests"]
    assert [one["requestId"] for one in listed] == [request_id]
    assert charlie.api_get(f"/api/requests/{request_id}").status_code == 404
    other = pending_request(alice, minutes=7)
    assert dan.api_get(f"/api/requests/{other}").status_code == 404
