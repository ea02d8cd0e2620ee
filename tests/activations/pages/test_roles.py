"""The page with the roles of a project."""

from __future__ import annotations

import pytest

from eligibility import providers
from simulator import Simulator
from tests.activations.pages.reading import Page
from tests.activations.pages.shop import (
    COMPUTE,
    DNS,
    NEEDS_APPROVAL,
    POLICIES,
    PROJECT,
    requested,
    roles_page,
    send,
)
from tests.conftest import PersonClient


def test_each_eligible_role_has_a_check_box_and_says_that_it_is_available(
    alice: PersonClient,
) -> None:
    page = roles_page(alice)
    assert not page.form.box(COMPUTE).has("disabled")
    assert "Available" in page.row("roles/compute.admin")


def test_initially_no_role_is_selected_and_the_duration_is_an_hour(alice: PersonClient) -> None:
    fields = roles_page(alice).form.fields
    assert "role" not in fields
    assert fields["minutes"] == ["60"]
    assert fields["justification"] == [""]


def test_a_role_that_needs_approval_can_be_selected_and_the_page_explains_the_next_step(
    alice: PersonClient,
) -> None:
    page = roles_page(alice)
    box = page.form.box(NEEDS_APPROVAL)
    assert not box.has("disabled")
    _, note_id = box["aria-describedby"].split()
    [note] = [item for item in page.elements if item.attributes.get("id") == note_id]
    assert "require the approval of another person" in note.text
    assert "Needs approval" in page.row("roles/iam.securityAdmin")
    assert page.links()["Ask others to approve iam.securityAdmin"].startswith("/ask?role=")


def test_a_condition_is_shown_in_words_with_its_full_text(alice: PersonClient) -> None:
    row = roles_page(alice).row("shop-logs")
    assert "Only resources whose name starts with “projects/_/buckets/shop-logs”" in row
    assert 'resource.name.startsWith("projects/_/buckets/shop-logs")' in row


def test_descriptions_distinguish_two_conditions_of_one_role(
    alice: PersonClient,
) -> None:
    page = roles_page(alice)
    texts = {item["id"]: item.text.strip() for item in page.elements if item.has("id")}
    described = [
        (box["value"].split(":")[1], texts[box["aria-describedby"].split()[0]])
        for box in page.form.boxes
    ]
    assert ("roles/storage.objectAdmin", described[-1][1]) in described
    assert len(set(described)) == len(described)


def test_an_active_role_shows_the_time_left_its_end_and_the_request(alice: PersonClient) -> None:
    address = requested(alice, minutes="45")
    page = roles_page(alice)
    row = page.row("roles/compute.admin")
    assert "Active" in row
    assert "44 min left" in row or "45 min left" in row
    assert address in page.links().values()
    assert any(item.attributes.get("max") == "45" for item in page.all("progress"))


def test_an_active_role_can_be_chosen_again_to_extend_it(alice: PersonClient) -> None:
    requested(alice, minutes="5")
    page = roles_page(alice)
    assert not page.form.box(COMPUTE).has("disabled")
    assert "never shortens access" in page.text
    requested(alice, minutes="90")
    row = roles_page(alice).row("roles/compute.admin")
    assert "1 h 29 min left" in row or "1 h 30 min left" in row


def test_another_persons_activation_is_not_shown_as_mine(
    alice: PersonClient, bob: PersonClient
) -> None:
    assert "Active" in roles_page(bob).row("roles/compute.admin")  # seeded
    assert "Available" in roles_page(alice).row("roles/compute.admin")


def test_bindings_that_cannot_be_read_are_counted_and_explained(alice: PersonClient) -> None:
    page = roles_page(alice, "shop-staging")
    [summary] = [item.text.strip() for item in page.all("summary") if "note" in item.text]
    assert summary == "4 notes about eligible roles on this project"
    assert "jitAccesConstraint" in page.text


def test_the_page_without_roles_explains_that_and_whom_to_contact(charlie: PersonClient) -> None:
    page = roles_page(charlie)
    assert "You have no eligible roles on shop-prod" in page.text
    assert "ask the people who administer it" in page.text
    assert "/activate" not in page.forms


def test_the_page_without_roles_has_no_form(alice: PersonClient) -> None:
    page = roles_page(alice, "billing-prod")
    assert page.all("textarea") != []
    assert roles_page(alice, "payroll").all("textarea") == []


@pytest.mark.parametrize("project_id", ["nonesuch-project", "retired-x"])
def test_a_project_that_google_does_not_know_is_explained(
    alice: PersonClient, project_id: str
) -> None:
    page = roles_page(alice, project_id)
    assert page.status == 404
    assert f"JIT Access cannot read “{project_id}”" in page.text
    assert "Check the spelling of the project ID" in page.text


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "a\x00b", "../../etc", "x" * 500, "Ünï", "{{7*7}}", "123"]
)
def test_an_invalid_project_id_is_refused_without_a_call_to_google(
    alice: PersonClient, simulated: Simulator, text: str
) -> None:
    response = alice.get("/", {"projectId": text})
    assert response.status_code == 400
    assert b"<script>alert" not in response.content
    assert len(simulated.calls.of(POLICIES)) == 0


def test_the_last_project_is_remembered_and_its_url_can_be_shared(alice: PersonClient) -> None:
    cookie = alice.get(f"/projects/{PROJECT}").cookies["__Host-project"]
    assert (cookie["samesite"], cookie["secure"]) == ("Lax", True)
    [field] = [one for one in Page(alice.get("/activity")).all("input") if one["id"] == "project"]
    assert field["value"] == PROJECT


@pytest.mark.parametrize("more", ["", "&source=google"])
def test_links_of_the_original_lead_to_the_page_of_the_project(
    alice: PersonClient, more: str
) -> None:
    response = alice.get(f"/?projectId={PROJECT}{more}")
    query = more.replace("&", "?")
    assert (response.status_code, response["Location"]) == (302, f"/projects/{PROJECT}{query}")


def test_a_filter_is_offered_from_eight_roles_on(alice: PersonClient) -> None:
    assert len(roles_page(alice).form.boxes) >= 8
    assert any(one.has("data-filter") for one in roles_page(alice).all("input"))
    few = roles_page(alice, "billing-prod")
    assert 0 < len(few.form.boxes) < 8
    assert not any(one.has("data-filter") for one in few.all("input"))


def test_active_roles_come_first_and_roles_chosen_again_before_them(alice: PersonClient) -> None:
    last = roles_page(alice).form.boxes[-1]["value"]
    address = requested(alice, DNS)
    alice.post("/access/end")
    requested(alice, last)
    assert roles_page(alice).form.boxes[0]["value"] == last
    again = Page(alice.get(address)).links()["Request this again"]
    first, second = Page(alice.get(again)).form.boxes[:2]
    assert (first["value"], first.has("checked"), second["value"]) == (DNS, True, last)


def test_request_again_says_what_it_chose_and_what_is_no_longer_offered(
    alice: PersonClient, simulated: Simulator
) -> None:
    address = requested(alice, COMPUTE, DNS)
    again = Page(alice.get(address)).links()["Request this again"]
    assert "those of your earlier request" in Page(alice.get(again)).text
    policy = simulated.company.policy(PROJECT)
    policy["bindings"] = [b for b in policy["bindings"] if b["role"] != "roles/dns.admin"]
    simulated.company.put_policy(PROJECT, policy)
    providers.reset()
    page = Page(alice.get(again))
    assert "you cannot activate them now: dns.admin on shop-prod" in page.text
    assert "those of your earlier request" not in roles_page(alice).text


def test_the_last_duration_and_justification_are_offered(alice: PersonClient) -> None:
    assert not any(one.has("data-last-minutes") for one in roles_page(alice).all("button"))
    requested(alice, minutes="25", justification="CASE-77 again")
    [offer] = [one for one in roles_page(alice).all("button") if one.has("data-last-minutes")]
    [said] = [i for i in roles_page(alice).all("input") if i.has("data-last-justification")]
    assert (offer["data-last-minutes"], said["value"]) == ("25", "CASE-77 again")
    assert "As last time: 25 min, “CASE-77 again”" in " ".join(offer.text.split())


def test_an_invalid_preference_is_ignored(alice: PersonClient) -> None:
    alice.cookies["__Host-project"] = "javascript:alert(1)//"
    assert alice.get("/").status_code == 200


def test_a_project_with_a_domain_in_its_id_works(alice: PersonClient) -> None:
    page = roles_page(alice, "example.com:legacy-crm")
    box = page.form.boxes[0]["value"]
    answer = alice.post("/activate", {**page.form.fields, "role": [box], "justification": "CASE-7"})
    assert answer.status_code == 303


def test_request_again_fills_in_the_form_like_the_earlier_request(alice: PersonClient) -> None:
    address = requested(alice, COMPUTE, DNS, minutes="25", justification="CASE-9 again")
    again = Page(alice.get(address)).links()["Request this again"]
    fields = Page(alice.get(again)).form.fields
    assert sorted(fields["role"]) == [COMPUTE, DNS]
    assert (fields["minutes"], fields["justification"]) == (["25"], ["CASE-9 again"])


def test_another_persons_request_fills_in_nothing(alice: PersonClient, bob: PersonClient) -> None:
    address = requested(alice, justification="CASE-10 secret")
    again = Page(alice.get(address)).links()["Request this again"]
    assert b"CASE-10" not in bob.get(again).content


def test_the_form_shows_the_configured_limits(alice: PersonClient, settings: object) -> None:
    settings.JUSTIFICATION_HINT = 'Ticket <b>"number"</b>'  # type: ignore[attr-defined]
    page = roles_page(alice)
    [textarea] = page.all("textarea")
    [hint] = [item for item in page.elements if item.attributes.get("id") == "hint"]
    assert hint.text == 'Ticket <b>"number"</b>'
    assert textarea["aria-describedby"] == "hint"
    assert textarea["maxlength"] == "1000"
    [minutes] = [item for item in page.all("input") if item.attributes.get("id") == "minutes"]
    assert (minutes["min"], minutes["max"]) == ("1", "120")


def test_a_role_lost_meanwhile_is_refused_with_the_current_list(
    alice: PersonClient, simulated: Simulator
) -> None:
    page = roles_page(alice)
    policy = simulated.company.policy(PROJECT)
    policy["bindings"] = [b for b in policy["bindings"] if b["role"] != "roles/compute.admin"]
    simulated.company.put_policy(PROJECT, policy)
    answer = alice.post(
        "/activate",
        {**page.form.fields, "role": [COMPUTE, DNS], "justification": "CASE-2 lost"},
    )
    fresh = Page(answer)
    assert answer.status_code == 403
    assert fresh.form.fields["justification"] == ["CASE-2 lost"]
    assert COMPUTE not in [box["value"] for box in fresh.form.boxes]
    assert fresh.form.box(DNS).has("checked")
    assert send(alice, DNS).status_code == 303
