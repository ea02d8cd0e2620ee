"""The page that requests approval of a role."""

from __future__ import annotations

from typing import Any

import pytest

from activations.models import Request
from simulator import Simulator
from tests.activations.pages.approvals import (
    BOB,
    CAROL,
    alert,
    ask,
    ask_page,
    ask_url,
    pending_request_url,
)
from tests.activations.pages.reading import Page
from tests.activations.pages.shop import COMPUTE, NEEDS_APPROVAL, WRITE, filled_in, roles_page
from tests.conftest import PersonClient

KMS_CONDITION = "projects/shop-prod/locations/global/keyRings/orders"
ALONE = "billing-prod:roles/resourcemanager.projectIamAdmin"


def offered(page: Page) -> list[str]:
    return [box["value"] for box in page.forms["/ask"].boxes]


def test_peers_and_managers_are_listed_separately_without_the_requester(
    alice: PersonClient, settings: Any
) -> None:
    settings.REVIEWERS = ("user:maria@example.com",)
    page = ask_page(alice)
    assert offered(page) == [BOB, CAROL, "maria@example.com"]
    groups = [item for item in page.elements if item.attributes.get("role") == "group"]
    assert [group["aria-labelledby"] for group in groups] == ["peers", "managers"]
    assert "maria@example.com" not in groups[0].text
    assert "One approval is enough" in page.text


def test_the_form_makes_a_pending_request_and_shows_it(
    alice: PersonClient, simulated: Simulator
) -> None:
    page = Page(alice.get(pending_request_url(alice, BOB, CAROL, minutes="30")))
    assert page.heading == "Waiting for approval of iam.securityAdmin on shop-prod"
    for words in (BOB, CAROL, "30 min, starting at the approval", "CASE-9", "expires in"):
        assert words in page.text
    assert "Waiting for approval" in page.row("roles/iam.securityAdmin")
    assert not simulated.calls.of(WRITE)


def test_without_scripts_the_roles_page_leads_to_the_reviewers_and_keeps_typed_values(
    alice: PersonClient,
) -> None:
    page = roles_page(alice)
    assert page.form.box(NEEDS_APPROVAL)["name"] == "approval"
    typed = page.form.fields | {
        "approval": [NEEDS_APPROVAL],
        "minutes": ["25"],
        "justification": ["CASE-31"],
    }
    step = Page(alice.post("/activate", typed))
    fields = step.forms["/ask"].fields
    assert (fields["minutes"], fields["justification"]) == (["25"], ["CASE-31"])
    assert alice.post("/ask", fields | {"reviewer": [BOB]}).status_code == 303
    made = Request.objects.get()
    assert (made.minutes, made.justification) == (25, "CASE-31")


@pytest.mark.parametrize("path", ["/activate", "/ask"])
def test_a_mixed_selection_is_explained_and_kept(alice: PersonClient, path: str) -> None:
    sent = filled_in(roles_page(alice), COMPUTE, justification="CASE-32", minutes="20")
    answer = alice.post(path, sent | {"approval": [NEEDS_APPROVAL]})
    page = Page(answer)
    assert answer.status_code == 400
    assert "iam.securityAdmin needs approval, which you request for one role at a time" in alert(
        page
    )
    assert page.form.box(COMPUTE).has("checked")
    assert page.form.box(NEEDS_APPROVAL).has("checked")
    assert page.form.fields["justification"] == ["CASE-32"]
    assert not Request.objects.exists()


def test_two_roles_that_need_approval_are_requested_separately(alice: PersonClient) -> None:
    page = roles_page(alice)
    both = [box["value"] for box in page.form.boxes if box["name"] == "approval"]
    answer = alice.post("/activate", page.form.fields | {"approval": both, "justification": "x"})
    assert answer.status_code == 400
    assert "Choose only one of them" in alert(Page(answer))


@pytest.mark.parametrize(
    ("reviewers", "values", "status", "words"),
    [
        ([BOB], {"justification": ""}, 400, "Provide a justification"),
        ([BOB], {"minutes": "500"}, 400, "no longer than 120 minutes"),
        ([BOB], {"minutes": "x"}, 400, "whole number of minutes"),
        (["alice@example.com"], {}, 400, "cannot review your own request"),
        ([BOB, "dave@example.com"], {}, 403, "dave@example.com is not allowed"),
    ],
)
def test_a_refused_form_keeps_the_typed_values(
    alice: PersonClient, reviewers: list[str], values: dict[str, str], status: int, words: str
) -> None:
    answer = ask(alice, *reviewers, **({"justification": "CASE-33", "minutes": "35"} | values))
    page = Page(answer)
    assert answer.status_code == status
    assert words in alert(page)
    fields = page.forms["/ask"].fields
    assert fields["justification"] == [values.get("justification", "CASE-33")]
    assert fields["minutes"] == [values.get("minutes", "35")]
    assert fields.get("reviewer", []) == [one for one in reviewers if one == BOB]
    assert not Request.objects.exists()


def test_a_request_without_a_reviewer_is_refused(alice: PersonClient) -> None:
    fields = ask_page(alice).forms["/ask"].fields | {"justification": ["CASE-34"]}
    answer = alice.post("/ask", fields)
    assert answer.status_code == 400
    assert "at least 1 reviewers" in alert(Page(answer))


def test_when_nobody_can_review_the_page_says_so_before_anything_is_typed(
    person: Any,
) -> None:
    page = ask_page(person("dave@example.com"), ALONE)
    assert "Nobody can review this role" in page.text
    assert "Ask the people who administer billing-prod" in page.text
    assert page.all("textarea") == []


def test_the_page_says_when_there_are_too_few_reviewers(alice: PersonClient, settings: Any) -> None:
    settings.ACTIVATION_REQUEST_MIN_REVIEWERS = 3
    page = ask_page(alice)
    assert "At least 3 reviewers are required, and only 2 can review it" in page.text
    assert page.all("textarea") == []


def test_all_reviewers_are_preselected_if_all_are_needed(
    alice: PersonClient, settings: Any
) -> None:
    settings.ACTIVATION_REQUEST_MIN_REVIEWERS = 2
    page = ask_page(alice)
    assert page.forms["/ask"].fields["reviewer"] == [BOB, CAROL]
    assert "Choose at least 2" in page.text


def test_the_same_form_sent_twice_makes_one_request(alice: PersonClient) -> None:
    fields = ask_page(alice).forms["/ask"].fields
    sent = fields | {"justification": ["CASE-35"], "reviewer": [BOB]}
    first, second = alice.post("/ask", sent), alice.post("/ask", sent)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first["Location"] == second["Location"]
    assert Request.objects.count() == 1


def test_a_second_request_leads_to_the_pending_one(alice: PersonClient) -> None:
    fields = ask_page(alice).forms["/ask"].fields
    address = pending_request_url(alice)
    again = alice.get(ask_url())
    assert (again.status_code, again["Location"]) == (302, address)
    sent = fields | {"justification": ["another"], "reviewer": [CAROL], "key": [""]}
    assert alice.post("/ask", sent)["Location"] == address


def test_the_row_of_a_pending_role_names_the_reviewers_and_links_to_withdraw(
    alice: PersonClient,
) -> None:
    address = pending_request_url(alice)
    page = roles_page(alice)
    row = page.row("roles/iam.securityAdmin")
    assert f"{BOB}, {CAROL}" in row
    assert page.form.box(NEEDS_APPROVAL).has("disabled")
    assert page.links()["Withdraw the request for iam.securityAdmin"] == f"{address}#withdraw"


def test_a_role_lost_meanwhile_leads_back_to_the_list(
    alice: PersonClient, simulated: Simulator
) -> None:
    fields = ask_page(alice).forms["/ask"].fields
    policy = simulated.company.policy("shop-prod")
    for binding in policy["bindings"]:
        if binding["role"] == "roles/iam.securityAdmin":
            binding["members"].remove("user:alice@example.com")
    simulated.company.put_policy("shop-prod", policy)
    answer = alice.post("/ask", fields | {"justification": ["CASE-36"], "reviewer": [BOB]})
    page = Page(answer)
    assert answer.status_code == 403
    assert page.heading == "Your roles on shop-prod"
    assert page.form.fields["justification"] == ["CASE-36"]


def test_people_without_the_role_see_no_names(charlie: PersonClient) -> None:
    answer = charlie.get(ask_url())
    assert answer.status_code == 403
    assert b"bob@" not in answer.content


def test_the_page_shows_the_condition_of_the_role(alice: PersonClient) -> None:
    page = roles_page(alice)
    [kms] = [box["value"] for box in page.form.boxes if "cloudkms" in box["value"]]
    assert KMS_CONDITION in ask_page(alice, kms).text


@pytest.mark.parametrize("role", ["xx", "<b>:roles/x"])
def test_an_invalid_role_id_is_a_bad_request(alice: PersonClient, role: str) -> None:
    assert alice.get("/ask", {"role": role}).status_code == 400


def test_the_page_without_a_role_redirects_to_the_roles(alice: PersonClient) -> None:
    answer = alice.get("/ask")
    assert (answer.status_code, answer["Location"]) == (302, "/")


def test_requesting_again_fills_in_the_earlier_values(
    alice: PersonClient, bob: PersonClient
) -> None:
    address = pending_request_url(alice, CAROL, minutes="15", justification="CASE-37")
    alice.post(f"{address}/withdraw")
    again = Page(alice.get(address)).links()["Request this again"]
    fields = Page(alice.get(again)).forms["/ask"].fields
    assert (fields["reviewer"], fields["minutes"]) == ([CAROL], ["15"])
    assert fields["justification"] == ["CASE-37"]
    assert b"CASE-37" not in bob.get(again).content


def test_after_a_failure_of_google_the_form_can_be_sent_again(
    alice: PersonClient, simulated: Simulator, no_retry_delay: object
) -> None:
    fields = ask_page(alice).forms["/ask"].fields | {"justification": ["CASE-38"]}
    simulated.faults.add("cloudasset.*", status=403, message="Not now", times=1)
    failed = Page(alice.post("/ask", fields | {"reviewer": [BOB]}))
    assert "Not now" in failed.text
    again = alice.post("/ask", failed.forms["/ask"].fields)
    assert again.status_code == 303
    assert Request.objects.get().justification == "CASE-38"
