"""Roles of several projects, requested with one form."""

from __future__ import annotations

from typing import Any

import pytest

from activations.models import Grant, Request
from activations.services import several_requests
from eligibility.models import Refresh
from simulator import Simulator
from tests.activations.pages.everywhere import (
    BILLING,
    REQUEST,
    form_of,
    ids,
    my_access,
    send,
    values,
)
from tests.activations.pages.reading import Page
from tests.activations.pages.shop import COMPUTE, DNS, NEEDS_APPROVAL, WRITE
from tests.conftest import PersonClient
from tests.eligibility.indexed_world import index_of
from tests.moments import now

pytestmark = pytest.mark.usefixtures("indexed")


@pytest.fixture
def indexed(simulated: Simulator, db: None) -> Refresh:
    return index_of(simulated.company, now())


def reviewer_field(page: Page) -> str:
    [name] = {box["name"] for box in form_of(page).boxes}
    return name


def choose_reviewer(page: Page, *emails: str) -> dict[str, Any]:
    return {**form_of(page).fields, reviewer_field(page): list(emails)}


def test_roles_of_two_projects_become_one_request_each(
    alice: PersonClient, simulated: Simulator
) -> None:
    page = Page(send(alice, DNS, COMPUTE, BILLING))
    assert page.heading == "All 2 requests succeeded"
    made = {one.project_id: one for one in Request.objects.all()}
    assert set(made) == {"shop-prod", "billing-prod"}
    assert made["shop-prod"].grants.count() == 2
    assert {f"/requests/{one.id}" for one in made.values()} <= set(page.links().values())
    assert page.text.count("Active") == 2
    assert "UTC" in page.text
    assert len(simulated.calls.of(WRITE)) == 2


def test_the_same_form_sent_again_requests_nothing_twice(
    alice: PersonClient, simulated: Simulator
) -> None:
    sent = values(my_access(alice), DNS, BILLING)
    first, second = alice.post(REQUEST, sent), alice.post(REQUEST, sent)
    assert Page(first).links() == Page(second).links()
    assert Request.objects.count() == 2
    assert len(simulated.calls.of(WRITE)) == 2
    one = values(my_access(alice), COMPUTE)
    assert alice.post(REQUEST, one)["Location"] == alice.post(REQUEST, one)["Location"]


def test_a_refusal_on_one_project_is_told_and_the_others_go_on(
    alice: PersonClient, simulated: Simulator
) -> None:
    sent = values(my_access(alice), DNS, BILLING, justification="CASE-9")
    simulated.company.put_policy("projects/billing-prod", {"bindings": []})
    page = Page(alice.post(REQUEST, sent))
    assert page.status == 200
    assert page.heading == "1 of 2 requests succeeded"
    assert "Refused" in page.text
    assert page.links()["Why?"].startswith("/explain?project=billing-prod")
    assert Grant.objects.get().role == "roles/dns.admin"


def test_only_what_failed_is_tried_again(alice: PersonClient, simulated: Simulator) -> None:
    sent = values(my_access(alice), DNS, BILLING, justification="CASE-10 \n two")
    simulated.faults.add(WRITE, status=403, message="Not today")
    failed = Page(alice.post(REQUEST, sent))
    assert "Not today" in failed.text
    again = failed.forms[REQUEST].fields
    assert again["role"] == [BILLING]
    answer = alice.post(REQUEST, again)
    assert answer.status_code == 303
    assert "You have access to billing-prod" in Page(alice.get(answer["Location"])).heading
    assert Request.objects.count() == 3


def test_one_request_that_google_refused_can_be_tried_again(
    alice: PersonClient, simulated: Simulator
) -> None:
    sent = values(my_access(alice), DNS, justification="CASE-13")
    simulated.faults.add(WRITE, status=403, message="Not today")
    failed = Page(alice.post(REQUEST, sent))
    assert failed.status == 403
    answer = alice.post(REQUEST, failed.forms[REQUEST].fields)
    assert "You have access" in Page(alice.get(answer["Location"])).heading


def test_a_failed_request_stays_failed_when_the_page_is_reloaded(
    alice: PersonClient, simulated: Simulator
) -> None:
    sent = values(my_access(alice), DNS, BILLING)
    simulated.faults.add(WRITE, status=403, message="Not today")
    assert "1 of 2" in Page(alice.post(REQUEST, sent)).heading
    reloaded = Page(alice.post(REQUEST, sent))
    assert "1 of 2" in reloaded.heading
    assert "Not today" in reloaded.text
    assert Request.objects.count() == 2


def test_an_outcome_that_google_did_not_confirm_is_told_as_such(
    alice: PersonClient, simulated: Simulator
) -> None:
    sent = values(my_access(alice), DNS, BILLING)
    read = "cloudresourcemanager.projects.getIamPolicy"
    simulated.faults.add(WRITE, close="before", times=1)
    simulated.faults.add(read, status=403, message="gone", after=1, times=1)
    page = Page(alice.post(REQUEST, sent))
    assert "Google has not confirmed the activation yet" in page.text
    assert "Being granted" in page.text
    assert Request.objects.count() == 2


def test_a_role_that_needs_approval_asks_for_reviewers_first(
    alice: PersonClient, bob: PersonClient
) -> None:
    page = Page(send(alice, DNS, NEEDS_APPROVAL, justification="CASE-11", minutes="20"))
    assert page.heading == "Who should review?"
    assert "The 1 other role that you chose becomes active" in page.text
    assert not Request.objects.exists()
    assert form_of(page).fields["justification"] == ["CASE-11"]
    assert form_of(page).fields["minutes"] == ["20"]
    done = Page(alice.post(REQUEST, choose_reviewer(page, "bob@example.com")))
    assert done.heading == "All 2 requests succeeded"
    assert "Waiting for approval by bob@example.com" in done.text
    waiting = Request.objects.needing_approval().get()
    assert waiting.minutes == 20
    assert f"/requests/{waiting.id}" in my_access(bob).links().values()


def test_one_role_that_needs_approval_leads_to_its_request(alice: PersonClient) -> None:
    page = Page(send(alice, NEEDS_APPROVAL))
    answer = alice.post(REQUEST, choose_reviewer(page, "bob@example.com", "carol@example.com"))
    assert answer.status_code == 303
    assert "Waiting for approval" in Page(alice.get(answer["Location"])).heading


def test_a_form_without_reviewers_asks_for_them_again(alice: PersonClient) -> None:
    page = Page(send(alice, NEEDS_APPROVAL))
    again = Page(alice.post(REQUEST, form_of(page).fields))
    assert again.status == 400
    assert "Choose at least one reviewer for each role" in again.text
    assert not Request.objects.exists()


def test_a_refused_reviewer_is_told_beside_the_choice(alice: PersonClient) -> None:
    page = Page(send(alice, NEEDS_APPROVAL))
    refused = Page(alice.post(REQUEST, choose_reviewer(page, "charlie@example.com")))
    assert refused.status == 403
    assert refused.heading == "Who should review?"
    assert not Request.objects.exists()


def test_a_role_that_was_lost_is_left_out_of_the_choice_of_reviewers(
    alice: PersonClient, simulated: Simulator
) -> None:
    sent = values(my_access(alice), DNS, NEEDS_APPROVAL)
    policy = simulated.company.policy("shop-prod")
    policy["bindings"] = [b for b in policy["bindings"] if "iam.securityAdmin" not in b["role"]]
    simulated.company.put_policy("shop-prod", policy)
    page = Page(alice.post(REQUEST, sent))
    assert "This role cannot be requested, and is left out" in page.text
    assert "approval" not in form_of(page).fields
    assert alice.post(REQUEST, form_of(page).fields).status_code == 303


@pytest.mark.parametrize(
    ("roles", "words"),
    [
        ([], "Specify one or more roles"),
        ([f"project-{n:02d}:roles/viewer" for n in range(11)], "at most 10 projects, not 11"),
        ([f"shop-prod:roles/r{n}" for n in range(11)], "allowed maximum of 10"),
    ],
)
def test_too_many_projects_or_roles_are_refused(
    alice: PersonClient, roles: list[str], words: str
) -> None:
    answer = alice.post(REQUEST, {**form_of(my_access(alice)).fields, "role": roles})
    answer = alice.post(
        REQUEST, {**form_of(my_access(alice)).fields, "role": roles, "justification": "x"}
    )
    assert answer.status_code == 400
    assert words in Page(answer).text
    assert not Request.objects.exists()


def test_too_many_approvals_are_refused(alice: PersonClient) -> None:
    sent = {
        "approval": [f"shop-prod:roles/r{n}" for n in range(11)],
        "justification": "x",
        "minutes": "5",
    }
    answer = alice.post(REQUEST, sent)
    assert answer.status_code == 400
    assert "at most 10 roles that need approval" in Page(answer).text


def test_a_lost_role_alone_shows_the_list_with_the_reason(
    alice: PersonClient, simulated: Simulator
) -> None:
    sent = values(my_access(alice), BILLING, justification="CASE-12")
    simulated.company.put_policy("projects/billing-prod", {"bindings": []})
    page = Page(alice.post(REQUEST, sent))
    assert page.status == 403
    assert page.links()["Why?"].startswith("/explain?project=billing-prod")
    assert form_of(page).fields["justification"] == ["CASE-12"]
    assert form_of(page).fields["key"] != sent["key"]
    assert ids(page)


def test_requests_that_take_too_long_are_not_started(
    alice: PersonClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = values(my_access(alice), DNS, BILLING)
    monkeypatch.setattr(several_requests, "TIME_TO_START", -several_requests.TIME_TO_START)
    page = Page(alice.post(REQUEST, sent))
    assert page.heading == "0 of 2 requests succeeded"
    assert "Not sent" in page.text
    assert not Request.objects.exists()


def test_charlie_gets_nothing_with_the_ids_of_others(charlie: PersonClient) -> None:
    sent = {"role": [DNS, BILLING], "minutes": "5", "justification": "x"}
    page = Page(charlie.post(REQUEST, sent))
    assert page.heading == "0 of 2 requests succeeded"
    assert page.text.count("Refused") == 2
    assert not Grant.objects.exists()


def test_the_address_of_the_form_leads_to_my_access(alice: PersonClient) -> None:
    answer = alice.get(REQUEST)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert alice.post(REQUEST, {"role": "nothing"}).status_code == 400
