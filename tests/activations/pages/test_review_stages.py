"""The page of a request under a rule with stages: progress, approvals, less time, and who may not decide any more."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from activations.models import Grant, Request, Review
from simulator import Simulator
from tests.activations.pages.approvals import alert, pending_request_url, press
from tests.activations.pages.reading import Page
from tests.conftest import PersonClient
from tests.journeys.policies import Activate, policy
from tests.journeys.shop import activate
from tests.journeys.stages import LEADS, SECURITY, requested, rule, staff
from tests.moments import now
from tests.rewriting import rewrite

__all__ = ["policy"]

Person = Callable[[str], PersonClient]
TWO_THEN_ONE = (
    'stages: [{from: [peers, "group:leads@example.com"], count: 2},'
    ' {from: ["group:security@example.com"], count: 1}]'
)


@pytest.fixture(autouse=True)
def _staff(simulated: Simulator) -> None:
    staff(simulated)


def requested_page(alice: PersonClient) -> str:
    return f"/requests/{requested(alice)}"


def buttons(page: Page) -> set[str]:
    names = {" ".join(item.text.split()) for item in page.all("button")}
    return names & {"Approve", "Approve and next", "Decline", "Decline and next"}


def test_the_requester_reads_progress_in_words_and_as_a_list(
    alice: PersonClient, person: Person, policy: Activate
) -> None:
    policy(rule(TWO_THEN_ONE))
    address = requested_page(alice)
    lead = person(LEADS[0])
    assert lead.post(f"{address}/approve", {"comment": "fine", "minutes": "15"}).status_code == 303
    page = Page(alice.get(address))
    stage = "1 of 2 approvals by peers or leads@example.com"
    assert f"Approved so far: {stage}, then 1 by security@example.com." in page.text
    told = page.text.partition("Approval ")[2]
    for words in (f"{stage} Waiting", "0 of 1 approval by security@example.com Not open yet"):
        assert words in told
    assert f"{stage} Waiting {LEADS[0]} Approver" in told
    assert f"{LEADS[0]} Approver: named by the access policy Approved for at most 15 min" in told
    assert "“fine”" in told
    assert "expires in" in page.text


def test_a_reviewer_reads_the_stage_and_what_is_missing(
    alice: PersonClient, person: Person, policy: Activate
) -> None:
    policy(rule(TWO_THEN_ONE))
    address = requested_page(alice)
    page = Page(person(LEADS[0]).get(address))
    assert page.heading == "alice@example.com requests iam.securityAdmin on shop-prod"
    assert "0 of 2 approvals by peers or leads@example.com" in page.text
    assert "More approvals are needed before access is granted." in page.text
    assert buttons(page) == {"Approve", "Decline"}


def test_the_smallest_duration_is_granted_and_told(
    alice: PersonClient, person: Person, policy: Activate
) -> None:
    policy(rule('stages: [{from: ["group:leads@example.com"], count: 2}]'))
    address = requested_page(alice)
    first, second = person(LEADS[0]), person(LEADS[1])
    assert first.post(f"{address}/approve", {"comment": "", "minutes": "10"}).status_code == 303
    page = Page(second.get(address))
    assert page.forms[f"{address}/approve"].fields["minutes"] == ["10"]
    assert "the role for 10 min from now." in page.text
    assert second.post(f"{address}/approve", {"minutes": "20"}).status_code == 303
    assert Request.objects.get().granted_minutes == 10
    assert "10 min (requested: 30 min)" in Page(alice.get(address)).text


@pytest.mark.parametrize(
    ("minutes", "words"), [("31", "approve this or less"), ("ten", "whole number"), ("0", "")]
)
def test_more_time_than_requested_is_refused_and_kept_in_the_form(
    alice: PersonClient, bob: PersonClient, minutes: str, words: str
) -> None:
    address = pending_request_url(alice, minutes="30")
    answer = bob.post(f"{address}/approve", {"comment": "hm", "minutes": minutes})
    page = Page(answer)
    assert answer.status_code == 400
    assert words in alert(page)
    assert page.forms[f"{address}/approve"].fields["minutes"] == [minutes]
    assert page.forms[f"{address}/approve"].fields["comment"] == ["hm"]
    assert not Grant.objects.exists()


def test_who_approved_a_stage_reads_what_the_request_waits_for(
    alice: PersonClient, person: Person, policy: Activate
) -> None:
    policy(rule(TWO_THEN_ONE))
    address = requested_page(alice)
    lead = person(LEADS[0])
    press(lead, address, "approve")
    page = Page(lead.get(address))
    assert buttons(page) == set()
    assert (
        "You approved this request. It waits for 1 more approval by peers or leads@example.com."
        in page.text
    )
    assert "You cannot decide" not in page.text


def test_a_lead_who_came_too_late_for_the_stage_reads_why(
    alice: PersonClient, person: Person, policy: Activate
) -> None:
    policy(
        rule(
            'stages: [{from: ["group:leads@example.com"], count: 1}, {from: ["group:security@example.com"], count: 1}]'
        )
    )
    address = requested_page(alice)
    late = person(LEADS[1])
    assert buttons(Page(late.get(address))) == {"Approve", "Decline"}
    press(person(LEADS[0]), address, "approve")
    page = Page(late.get(address))
    assert buttons(page) == set()
    assert "Stage 1 is approved. The request waits for other people" in page.text
    assert "It waits for 1 approval by security@example.com." in page.text


def test_a_void_approval_is_told_with_its_reason(
    alice: PersonClient, person: Person, policy: Activate, simulated: Simulator
) -> None:
    policy(rule(TWO_THEN_ONE))
    address = requested_page(alice)
    lead = person(LEADS[0])
    press(lead, address, "approve", "fine")
    rewrite(Review.objects, void_at=now())
    page = Page(alice.get(address))
    assert "0 of 2 approvals by peers" in page.text
    assert "Does not count any more" in page.text
    assert f"{LEADS[0]} may no longer approve this request. Found at" in page.text
    assert "Your approval counts no longer" in Page(lead.get(address)).text


def test_an_escalation_is_told_with_those_who_may_approve_as_well(
    alice: PersonClient, policy: Activate
) -> None:
    escalate = 'escalate: {after: 30m, to: ["group:security@example.com"]}'
    policy(rule(f'stages: [{{from: ["group:leads@example.com"], count: 1}}], {escalate}'))
    address = requested_page(alice)
    assert "may approve as well" not in Page(alice.get(address)).text
    rewrite(Request.objects, escalated_at=now())
    page = Page(alice.get(address))
    assert "security@example.com may approve as well." in page.text


def test_a_deputy_is_named_with_the_absent_reviewer(
    alice: PersonClient, person: Person, policy: Activate
) -> None:
    policy(rule(TWO_THEN_ONE))
    address = requested_page(alice)
    press(person(LEADS[0]), address, "approve")
    rewrite(Review.objects, on_behalf_of=LEADS[3])
    page = Page(alice.get(address))
    assert f"{LEADS[0]} for {LEADS[3]}" in page.text
    assert f"{LEADS[3]} Approver" not in page.text.replace(f"for {LEADS[3]} Approver", "")


def test_a_person_who_was_asked_in_two_stages_keeps_their_approval(
    alice: PersonClient, person: Person, policy: Activate, simulated: Simulator
) -> None:
    simulated.company.add_group("security@example.com", [LEADS[0], *SECURITY])
    policy(
        rule(
            'stages: [{from: ["group:leads@example.com"], count: 1}, {from: ["group:security@example.com"], count: 1}]'
        )
    )
    address = requested_page(alice)
    press(person(LEADS[0]), address, "approve", "first stage")
    assert "“first stage”" in Page(alice.get(address)).text


def test_reviewers_read_what_the_role_permits_and_what_the_requester_did(
    alice: PersonClient, bob: PersonClient, carol: PersonClient
) -> None:
    earlier = pending_request_url(alice, minutes="5")
    press(carol, earlier, "decline", "no")
    assert activate(alice).status_code == 200
    page = Page(bob.get(pending_request_url(alice)))
    assert "Can change IAM policies Yes: it can grant any role on the project" in page.text
    assert "Requested this role 1 time, granted 0 times" in page.text
    assert "Holds now compute.admin on shop-prod until" in page.text


def test_a_role_that_iam_does_not_tell_about_is_said_to_be_unknown(
    alice: PersonClient, bob: PersonClient, simulated: Simulator
) -> None:
    address = pending_request_url(alice)
    simulated.faults.add("iam.roles.get", status=403, times=None)
    page = Page(bob.get(address))
    assert "Not known, because IAM did not return the permissions of the role" in page.text
    assert buttons(page) == {"Approve", "Decline"}


def test_approve_and_next_leads_to_the_next_request_and_then_to_the_list(
    alice: PersonClient, bob: PersonClient, carol: PersonClient
) -> None:
    first = pending_request_url(alice)
    second = pending_request_url(carol, "bob@example.com")
    assert "Approve and next" in buttons(Page(bob.get(first)))
    answer = bob.post(f"{first}/approve", {"next": "yes"})
    assert (answer.status_code, answer["Location"]) == (
        303,
        f"{second}?decided={first.rpartition('/')[2]}",
    )
    page = Page(bob.get(answer["Location"]))
    note = "Approved: iam.securityAdmin on shop-prod for alice@example.com"
    assert page.links()[note] == first
    assert "Approve and next" not in buttons(page)
    answer = bob.post(f"{second}/decline", {"next": "yes", "comment": "no"})
    assert answer["Location"] == f"/reviews?decided={second.rpartition('/')[2]}"
    assert "Declined: iam.securityAdmin" in Page(bob.get(answer["Location"])).text


def test_the_note_tells_nothing_about_reviews_of_others(
    alice: PersonClient, bob: PersonClient, carol: PersonClient
) -> None:
    first = pending_request_url(alice)
    press(carol, first, "decline", "no")
    for text in (first.rpartition("/")[2], "rubbish"):
        assert "Declined:" not in Page(bob.get(f"/reviews?decided={text}")).text
