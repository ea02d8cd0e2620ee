"""Approving, declining and withdrawing on the page of a request."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from activations.models import Grant, Request
from simulator import Simulator
from tests.activations.pages.approvals import BOB, CAROL, alert, pending_request_url, press
from tests.activations.pages.reading import Page
from tests.activations.pages.shop import NEEDS_APPROVAL, WRITE, roles_page
from tests.conftest import FakeClock, PersonClient
from tests.moments import now
from tests.rewriting import rewrite

ROLE = "roles/iam.securityAdmin on shop-prod"


def buttons(page: Page) -> set[str]:
    names = {" ".join(item.text.split()) for item in page.all("button")}
    return names & {"Approve", "Decline", "Withdraw", "Extend", "End access"}


def test_a_reviewer_sees_requester_role_and_justification_and_may_decide(
    alice: PersonClient, bob: PersonClient
) -> None:
    page = Page(bob.get(pending_request_url(alice, minutes="45")))
    assert page.heading == "alice@example.com requests iam.securityAdmin on shop-prod"
    for words in ("CASE-9", "45 min", "roles/iam.securityAdmin", "Peer", "(you)"):
        assert words in page.text
    assert buttons(page) == {"Approve", "Decline"}
    assert "Request this again" not in page.links()


def test_the_requester_may_withdraw_and_cannot_approve(alice: PersonClient) -> None:
    address = pending_request_url(alice)
    assert buttons(Page(alice.get(address))) == {"Withdraw"}
    answer = press(alice, address, "approve")
    assert answer.status_code == 403
    assert "cannot review your own request" in alert(Page(answer))


def test_bob_approves_and_alice_sees_it(
    alice: PersonClient, bob: PersonClient, simulated: Simulator
) -> None:
    address = pending_request_url(alice)
    answer = press(bob, address, "approve", "go ahead")
    assert (answer.status_code, answer["Location"]) == (303, address)
    seen_by_bob = Page(bob.get(address))
    assert seen_by_bob.heading == "alice@example.com has access to shop-prod"
    assert buttons(seen_by_bob) == set()
    seen_by_alice = Page(alice.get(address))
    assert seen_by_alice.heading == "You have access to shop-prod"
    assert "go ahead" in seen_by_alice.text
    assert "Active 1 h left" in roles_page(alice).row("roles/iam.securityAdmin")
    assert len(simulated.calls.of(WRITE)) == 1


def test_declining_without_a_comment_shows_the_page_again(
    alice: PersonClient, bob: PersonClient
) -> None:
    address = pending_request_url(alice)
    refused = press(bob, address, "decline", "  ")
    assert refused.status_code == 400
    assert "why you decline" in alert(Page(refused))
    assert press(bob, address, "decline", "Not today\r\nsorry").status_code == 303
    page = Page(alice.get(address))
    assert page.heading == "Your request for shop-prod was declined"
    assert "Not today sorry" in page.text
    assert "Request this again" in page.links()
    assert not Grant.objects.exists()


def test_a_refused_comment_is_kept(alice: PersonClient, bob: PersonClient) -> None:
    address = pending_request_url(alice)
    answer = press(bob, address, "decline", "long " * 300)
    page = Page(answer)
    assert answer.status_code == 400
    assert page.forms[f"{address}/decline"].fields["comment"] == ["long " * 300]
    assert page.forms[f"{address}/approve"].fields["comment"] == [""]


def test_alice_withdraws(alice: PersonClient, bob: PersonClient) -> None:
    address = pending_request_url(alice)
    assert press(alice, address, "withdraw", "solved").status_code == 303
    assert Page(alice.get(address)).heading == "You withdrew your request for shop-prod"
    late = press(bob, address, "approve")
    page = Page(late)
    assert late.status_code == 409
    assert "alice@example.com withdrew this request" in alert(page)
    assert buttons(page) == set()


def test_the_second_reviewer_reads_who_decided_and_when(
    alice: PersonClient, bob: PersonClient, carol: PersonClient, simulated: Simulator
) -> None:
    address = pending_request_url(alice)
    press(bob, address, "approve")
    late = press(carol, address, "decline", "no")
    page = Page(late)
    assert late.status_code == 409
    assert f"{BOB} approved this request at" in alert(page)
    assert page.heading == "alice@example.com has access to shop-prod"
    assert len(simulated.calls.of(WRITE)) == 1


def test_sending_the_approval_twice_approves_once(
    alice: PersonClient, bob: PersonClient, simulated: Simulator
) -> None:
    address = pending_request_url(alice)
    assert [press(bob, address, "approve").status_code for _ in range(2)] == [303, 303]
    assert len(simulated.calls.of(WRITE)) == 1


@pytest.mark.parametrize("button", ["approve", "decline", "withdraw"])
def test_other_people_get_404(alice: PersonClient, charlie: PersonClient, button: str) -> None:
    address = pending_request_url(alice)
    assert charlie.get(address).status_code == 404
    assert press(charlie, address, button, "x").status_code == 404


@pytest.mark.parametrize("button", ["approve", "decline", "withdraw"])
def test_opening_a_link_decides_nothing(
    alice: PersonClient, bob: PersonClient, button: str
) -> None:
    address = pending_request_url(alice)
    answer = bob.get(f"{address}/{button}")
    assert (answer.status_code, answer["Location"]) == (302, address)
    assert Request.objects.get().state == "pending"


def test_a_form_from_another_site_is_refused(simulated: Simulator, alice: PersonClient) -> None:
    address = pending_request_url(alice)
    stranger = Client(enforce_csrf_checks=True)
    assertion = simulated.assertion(BOB, audience=simulated.audience)
    answer = stranger.post(
        f"{address}/approve", {}, headers={"X-Goog-IAP-JWT-Assertion": assertion}, secure=True
    )
    assert answer.status_code == 403
    assert Request.objects.get().state == "pending"


def test_an_expired_request_has_no_buttons(alice: PersonClient, bob: PersonClient) -> None:
    address = pending_request_url(alice)
    rewrite(Request.objects, expires_at=now() - timedelta(minutes=1))
    for person, words in ((alice, "Your request for shop-prod has expired"), (bob, "has expired")):
        page = Page(person.get(address))
        assert words in page.heading
        assert buttons(page) == set()
    late = press(bob, address, "approve")
    assert late.status_code == 409
    assert "expired at" in alert(Page(late))


def test_a_reviewer_who_lost_the_role_reads_that_they_cannot_review(
    alice: PersonClient, bob: PersonClient, simulated: Simulator
) -> None:
    address = pending_request_url(alice)
    policy = simulated.company.policy("shop-prod")
    for binding in policy["bindings"]:
        if binding["role"] == "roles/iam.securityAdmin":
            binding["members"].remove("user:bob@example.com")
    simulated.company.put_policy("shop-prod", policy)
    lost = f"You can no longer review this request: you are no longer eligible for {ROLE}"
    assert lost in Page(bob.get(address)).text
    answer = press(bob, address, "approve", "fine")
    page = Page(answer)
    assert answer.status_code == 403
    assert lost in alert(page)
    assert page.text.count(lost) == 1
    assert buttons(page) == set()


def test_a_reviewer_reads_that_the_requester_lost_the_role(
    alice: PersonClient, bob: PersonClient, simulated: Simulator
) -> None:
    address = pending_request_url(alice)
    policy = simulated.company.policy("shop-prod")
    for binding in policy["bindings"]:
        if binding["role"] == "roles/iam.securityAdmin":
            binding["members"].remove("user:alice@example.com")
    simulated.company.put_policy("shop-prod", policy)
    assert f"alice@example.com is no longer eligible for {ROLE}" in Page(bob.get(address)).text


def test_the_page_does_not_judge_reviewers_while_google_fails(
    alice: PersonClient, bob: PersonClient, simulated: Simulator, no_retry_delay: FakeClock
) -> None:
    address = pending_request_url(alice)
    simulated.faults.add("cloudasset.effectiveIamPolicies.batchGet", status=503, times=None)
    page = Page(bob.get(address))
    assert "no longer" not in page.text
    assert buttons(page) == {"Approve", "Decline"}


def test_the_page_of_an_unconfirmed_approval_says_so_and_reloads(
    alice: PersonClient, bob: PersonClient, simulated: Simulator, no_retry_delay: FakeClock
) -> None:
    address = pending_request_url(alice)
    simulated.faults.add(WRITE, status=503, times=None)
    assert press(bob, address, "approve").status_code == 303
    for person in (alice, bob):
        page = Page(person.get(address))
        assert "The request is approved, but Google has not confirmed the access yet" in page.text
        assert any("watch" in item.attributes.get("src", "") for item in page.all("script"))


def test_the_page_of_an_approval_that_google_refused_gives_the_reason(
    alice: PersonClient, bob: PersonClient, simulated: Simulator
) -> None:
    address = pending_request_url(alice)
    simulated.faults.add(WRITE, status=403, message="no way", times=None)
    assert press(bob, address, "approve").status_code == 303
    assert "no way" in Page(alice.get(address)).text
    assert Page(bob.get(address)).heading == "alice@example.com was not granted access to shop-prod"


def test_a_decision_can_be_sent_again_after_a_failure_of_google(
    alice: PersonClient, bob: PersonClient, simulated: Simulator, no_retry_delay: FakeClock
) -> None:
    address = pending_request_url(alice)
    simulated.faults.add("cloudasset.*", status=403, message="Not now", times=1)
    failed = Page(press(bob, address, "approve", "sure"))
    assert failed.status == 403
    assert failed.links()["Back to the request"] == address
    form = failed.forms[f"{address}/approve"]
    assert form.fields["comment"] == ["sure"]
    assert bob.post(form.action, form.fields).status_code == 303


def test_a_designated_manager_may_decide_without_being_asked(
    alice: PersonClient, person: Callable[[str], PersonClient], settings: Any
) -> None:
    settings.REVIEWERS = ("user:maria@example.com",)
    address, maria = pending_request_url(alice), person("maria@example.com")
    assert buttons(Page(maria.get(address))) == {"Approve", "Decline"}
    assert press(maria, address, "approve").status_code == 303
    assert "maria@example.com Manager" in Page(alice.get(address)).text


def test_the_page_reloads_for_the_requester_only(alice: PersonClient, bob: PersonClient) -> None:
    address = pending_request_url(alice)
    watches = [
        any(
            "watch" in item.attributes.get("src", "")
            for item in Page(who.get(address)).all("script")
        )
        for who in (alice, bob)
    ]
    assert watches == [True, False]


def test_the_timeline_shows_all_steps(alice: PersonClient, bob: PersonClient) -> None:
    address = pending_request_url(alice)
    press(bob, address, "approve", "go ahead")
    page = Page(alice.get(address))
    told = page.text.partition("History")[2]
    for words in ("Requested approval for iam.securityAdmin", "Approved “go ahead”", "Granted"):
        assert words in told


def test_the_link_in_a_mail_opens_the_request(alice: PersonClient, bob: PersonClient) -> None:
    address = pending_request_url(alice, BOB)
    answer = bob.get("/", {"activation": address.rpartition("/")[2]})
    assert (answer.status_code, answer["Location"]) == (302, address)


def test_the_start_page_and_the_menu_show_waiting_requests(
    alice: PersonClient, bob: PersonClient, charlie: PersonClient
) -> None:
    assert not [name for name in Page(bob.get("/")).links() if name.startswith("Reviews")]
    address = pending_request_url(alice, BOB)
    page = Page(bob.get("/"))
    assert page.links()["alice@example.com requests iam.securityAdmin"] == address
    assert page.links()["Reviews (1)"] == "/reviews"
    assert "You are waiting for" in Page(alice.get("/projects/billing-prod")).text
    assert "Waiting for you" not in Page(charlie.get("/")).text
    press(bob, address, "decline", "no")
    assert "Reviews" in Page(bob.get("/")).links()


def test_reviews_lists_waiting_and_decided_requests(
    alice: PersonClient, bob: PersonClient, carol: PersonClient
) -> None:
    address = pending_request_url(alice, BOB, CAROL)
    assert address in Page(bob.get("/reviews")).links().values()
    press(bob, address, "decline", "Not this week")
    decided = Page(bob.get("/reviews?page=rubbish"))
    assert decided.links()["iam.securityAdmin for alice@example.com"] == address
    assert "Not this week" in decided.text
    assert address not in Page(carol.get("/reviews")).links().values()
    assert address not in Page(bob.get("/reviews?page=2")).links().values()


def test_a_manager_sees_requests_to_other_reviewers(
    alice: PersonClient, person: Callable[[str], PersonClient], settings: Any
) -> None:
    settings.REVIEWERS = ("user:maria@example.com",)
    address = pending_request_url(alice, BOB)
    page = Page(person("maria@example.com").get("/reviews"))
    assert "Waiting for others" in page.text
    assert address in page.links().values()


def test_the_activity_lists_a_pending_request(alice: PersonClient) -> None:
    address = pending_request_url(alice, BOB)
    page = Page(alice.get("/activity"))
    assert page.links()["iam.securityAdmin"] == address
    assert f"waiting for {BOB}" in page.text
    waiting = Page(alice.get(page.links()["Waiting for approval"]))
    assert waiting.links()["iam.securityAdmin"] == address
    assert NEEDS_APPROVAL.rpartition(":")[2] in Page(alice.get(address)).text
