"""The page of one request."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db.models import F

from activations.models import Grant, Request
from simulator import Simulator
from tests.activations.pages.reading import Page
from tests.activations.pages.shop import COMPUTE, DNS, WRITE, requested, roles_page, send
from tests.conftest import PersonClient
from tests.rewriting import rewrite


def test_the_page_shows_role_end_beneficiary_and_justification(alice: PersonClient) -> None:
    page = Page(alice.get(requested(alice, COMPUTE, DNS, minutes="30", justification="CASE-11")))
    assert page.heading == "You have access to shop-prod"
    for words in ("alice@example.com", "CASE-11", "30 min", "typically 2 and sometimes 7 or more"):
        assert words in page.text
    grant = Grant.objects.filter(role="roles/dns.admin").get()
    moments = [item.attributes.get("datetime") for item in page.all("time")]
    assert grant.end_time.strftime("%Y-%m-%dT%H:%M:%SZ") in moments
    assert grant.end_time.strftime("%H:%M UTC") in page.row("roles/dns.admin")


def test_the_page_links_to_the_project_in_googles_console(alice: PersonClient) -> None:
    links = Page(alice.get(requested(alice))).links()
    console = links["Open shop-prod in the Google Cloud console"]
    assert console == "https://console.cloud.google.com/?project=shop-prod"


def test_the_timeline_shows_each_step_once_for_all_roles(alice: PersonClient) -> None:
    page = Page(alice.get(requested(alice, COMPUTE, DNS)))
    steps = [" ".join(item.text.split()) for item in page.all("li")]
    assert [step.partition(" ")[0] for step in steps] == ["Requested.", "Started", "Granted"]
    assert steps[2].startswith("Granted compute.admin, dns.admin")
    assert all("alice@example.com" in step for step in steps)


def test_other_people_cannot_determine_that_the_request_exists(
    alice: PersonClient, charlie: PersonClient
) -> None:
    foreign, unknown = charlie.get(requested(alice)), charlie.get(f"/requests/{uuid.uuid4()}")
    assert (foreign.status_code, unknown.status_code) == (404, 404)
    assert Page(foreign).heading == Page(unknown).heading
    assert b"CASE-1" not in foreign.content


def test_links_with_the_parameter_activation_open_the_request(alice: PersonClient) -> None:
    address = requested(alice)
    answer = alice.get("/", {"activation": address.rpartition("/")[2]})
    assert (answer.status_code, answer["Location"]) == (302, address)


@pytest.mark.parametrize("token", ["abc", "eyJhbGciOiJSUzI1NiJ9.e30.c2ln", "<script>", "\x00"])
def test_a_link_of_the_original_says_to_request_again(alice: PersonClient, token: str) -> None:
    page = Page(alice.get("/", {"activation": token}))
    assert page.heading == "This link no longer works"
    assert "Request it again" in page.links()


def test_the_page_of_a_request_that_google_refused_gives_reason_and_advice(
    alice: PersonClient, simulated: Simulator
) -> None:
    simulated.faults.add(WRITE, status=403, message="Missing resourcemanager.setIamPolicy")
    assert send(alice).status_code == 403
    page = Page(alice.get(Request.objects.get().get_absolute_url()))
    assert page.heading == "Access to shop-prod was not granted"
    assert "Missing resourcemanager.setIamPolicy" in page.text
    assert "Ask your administrator to grant it" in page.text
    assert "Failed" in page.row("roles/compute.admin")
    assert not any("console.cloud" in link for link in page.links().values())


def test_the_page_of_a_request_with_an_unknown_outcome_says_so_and_reloads(
    alice: PersonClient,
) -> None:
    address = requested(alice)
    rewrite(Grant.objects, state="provisioning")
    page = Page(alice.get(address))
    assert page.heading == "Granting access to shop-prod"
    assert any("live" in item.attributes.get("src", "") for item in page.all("script"))
    assert page.links()["Refresh"] == address
    assert "Being granted" in roles_page(alice).row("roles/compute.admin")


def test_the_page_of_an_ended_request_says_so(alice: PersonClient) -> None:
    address = requested(alice)
    long_ago = timedelta(hours=3)
    rewrite(
        Grant.objects,
        start_time=F("start_time") - long_ago,
        end_time=F("end_time") - long_ago,
        binding_end=F("binding_end") - long_ago,
    )
    page = Page(alice.get(address))
    assert page.heading == "Your access to shop-prod has ended"
    assert "Ended" in page.row("roles/compute.admin")
    assert not any("console.cloud" in link for link in page.links().values())


def test_a_grant_beside_a_longer_one_shows_the_later_end(alice: PersonClient) -> None:
    requested(alice, minutes="90")
    page = Page(alice.get(requested(alice, minutes="5")))
    assert "1 h 29 min left" in page.text or "1 h 30 min left" in page.text
