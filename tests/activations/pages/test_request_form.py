"""The form that activates roles."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from activations.models import Grant, Request
from simulator import Simulator
from tests.activations.pages.reading import Page
from tests.activations.pages.shop import COMPUTE, DNS, PROJECT, WRITE, filled_in, roles_page, send
from tests.conftest import PersonClient


def test_a_role_can_be_activated_without_scripts(alice: PersonClient, simulated: Simulator) -> None:
    start = Page(alice.get("/"))
    found = alice.get(start.forms["/projects"].action, {"q": "shop"})
    page = Page(alice.get(Page(found).links()["shop-prod"]))
    sent = alice.post(page.form.action, filled_in(page, COMPUTE, DNS, justification="CASE-1"))
    assert sent.status_code == 303
    result = Page(alice.get(sent["Location"]))
    assert "You have access to shop-prod" in result.heading
    assert "Active" in result.row("roles/compute.admin")
    assert "Active" in result.row("roles/dns.admin")
    assert len(simulated.calls.of(WRITE)) == 1


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"justification": ""}, "Provide a justification"),
        ({"justification": "  "}, "Provide a justification"),
        ({"justification": "x" * 1001}, "too long: 1001 characters"),
        ({"justification": "a\x00b"}, "control characters"),
        ({"minutes": "121"}, "no longer than 120 minutes"),
        ({"minutes": "0"}, "must be positive"),
        ({"minutes": "-5"}, "whole number of minutes"),
        ({"minutes": "1e3"}, "whole number of minutes"),
        ({"minutes": "٣"}, "whole number of minutes"),
        ({"minutes": ""}, "whole number of minutes"),
        ({"minutes": "9" * 5000}, "no longer than 120 minutes"),
    ],
)
def test_a_refused_form_shows_the_reason_and_keeps_the_typed_values(
    alice: PersonClient, values: dict[str, str], words: str
) -> None:
    sent = {"justification": "CASE-3", "minutes": "30"} | values
    answer = send(alice, COMPUTE, DNS, **sent)
    page = Page(answer)
    assert answer.status_code == 400
    [alert] = [item.text for item in page.elements if item.attributes.get("role") == "alert"]
    assert words in alert
    fields = page.form.fields
    assert sorted(fields["role"]) == [COMPUTE, DNS]
    assert fields["minutes"] == [sent["minutes"]]
    assert fields["justification"] == [sent["justification"]]
    assert not Request.objects.exists()


def test_a_form_without_roles_says_so(alice: PersonClient) -> None:
    page = roles_page(alice)
    answer = alice.post("/activate", page.form.fields | {"justification": "CASE-4"})
    assert answer.status_code == 400
    assert "Specify one or more roles" in Page(answer).text


def test_too_many_roles_are_refused_with_the_limit(alice: PersonClient, settings: Any) -> None:
    settings.ACTIVATION_REQUEST_MAX_ROLES = 1
    answer = send(alice, COMPUTE, DNS)
    assert answer.status_code == 400
    assert "allowed maximum of 1" in Page(answer).text


def test_a_refused_form_can_be_corrected_and_sent(alice: PersonClient) -> None:
    page = Page(send(alice, DNS, justification=""))
    answer = alice.post("/activate", page.form.fields | {"justification": "CASE-5"})
    assert answer.status_code == 303
    assert Grant.objects.get().role == "roles/dns.admin"


def test_the_hint_explains_the_operators_criteria(alice: PersonClient, settings: Any) -> None:
    settings.JUSTIFICATION_PATTERN, settings.JUSTIFICATION_HINT = r"BUG-\d+", "A bug, as BUG-1"
    answer = send(alice, justification="because")
    assert answer.status_code == 400
    assert "A bug, as BUG-1" in Page(answer).text


def test_the_same_form_sent_twice_makes_one_request(
    alice: PersonClient, simulated: Simulator
) -> None:
    sent = filled_in(roles_page(alice), justification="CASE-6")
    first, second = alice.post("/activate", sent), alice.post("/activate", sent)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first["Location"] == second["Location"]
    assert Request.objects.count() == 1
    assert len(simulated.calls.of(WRITE)) == 1


def test_two_forms_make_two_requests(alice: PersonClient) -> None:
    assert send(alice)["Location"] != send(alice)["Location"]
    assert Request.objects.count() == 2


def test_a_malicious_justification_is_escaped_everywhere(alice: PersonClient) -> None:
    hostile = "</textarea><script>alert('x')</script>{{ 7|add:7 }}"
    made = send(alice, justification=hostile)
    refused = send(alice, justification=hostile, minutes="0")
    for response in (alice.get(made["Location"]), alice.get("/activity"), refused):
        assert b"<script>alert" not in response.content
        assert b"&lt;script&gt;alert" in response.content
    assert Page(refused).form.fields["justification"] == [hostile]


def test_a_form_from_another_site_is_refused(simulated: Simulator, alice: PersonClient) -> None:
    stranger = Client(enforce_csrf_checks=True)
    assertion = simulated.assertion("alice@example.com", audience=simulated.audience)
    sent = {"projectId": PROJECT, "role": [COMPUTE], "minutes": "60", "justification": "CASE"}
    answer = stranger.post(
        "/activate", sent, headers={"X-Goog-IAP-JWT-Assertion": assertion}, secure=True
    )
    assert answer.status_code == 403
    assert not Request.objects.exists()


def test_the_project_of_a_forged_form_is_checked(alice: PersonClient) -> None:
    page = roles_page(alice)
    sent = filled_in(page, justification="CASE", projectId="shop-staging")
    answer = alice.post("/activate", sent)
    assert answer.status_code == 400
    assert "belongs to another project" in Page(answer).text
    assert alice.post("/activate", sent | {"projectId": "<b>"}).status_code == 400


def test_opening_the_url_of_the_form_redirects_to_the_roles(alice: PersonClient) -> None:
    answer = alice.get("/activate")
    assert (answer.status_code, answer["Location"]) == (302, "/")


def test_line_breaks_in_the_justification_are_kept(alice: PersonClient) -> None:
    assert send(alice, justification=" CASE-12\r\n  long\nstory ").status_code == 303
    assert Request.objects.get().justification == "CASE-12\n  long\nstory"
