"""Pages while Google fails."""

from __future__ import annotations

import uuid

import pytest

from activations.models import Request
from simulator import Simulator
from tests.activations.pages.reading import Page
from tests.activations.pages.shop import COMPUTE, DNS, POLICIES, ROLES, WRITE, send
from tests.conftest import FakeClock, PersonClient


@pytest.mark.parametrize(
    ("status", "shown", "words"),
    [
        (429, 429, "Wait a minute"),
        (500, 502, "Try again in a moment"),
        (503, 503, "Try again in a moment"),
        (401, 502, "Try again in a moment"),
    ],
)
def test_the_roles_page_says_what_to_do(
    alice: PersonClient,
    simulated: Simulator,
    no_retry_delay: FakeClock,
    status: int,
    shown: int,
    words: str,
) -> None:
    simulated.faults.add(POLICIES, status=status, message="Trouble at Google", times=None)
    page = Page(alice.get(ROLES))
    assert page.status in {shown, 503}
    assert words in page.text
    assert page.links()["Try again"] == ROLES


def test_a_project_that_the_application_may_not_read_is_explained(
    alice: PersonClient, simulated: Simulator
) -> None:
    simulated.faults.add(POLICIES, status=403, message="Caller lacks access", times=None)
    page = Page(alice.get(ROLES))
    assert page.status == 403
    assert "JIT Access cannot read “shop-prod”" in page.text
    assert "Caller lacks access" in page.text


def test_a_failed_activation_can_be_tried_again_with_the_same_values(
    alice: PersonClient, simulated: Simulator
) -> None:
    simulated.faults.add(WRITE, status=403, message="Not now")
    failed = send(alice, COMPUTE, DNS, minutes="20", justification='CASE-30 "quoted"\n two')
    page = Page(failed)
    assert failed.status_code == 403
    assert "Not now" in page.text
    sent = page.form.fields
    assert sent["justification"] == ['CASE-30 "quoted"\n two']
    again = alice.post("/activate", sent)
    assert again.status_code == 303
    assert "You have access" in Page(alice.get(again["Location"])).heading
    assert Request.objects.count() == 2


def test_an_unknown_outcome_leads_to_the_request_instead_of_sending_again(
    alice: PersonClient, simulated: Simulator
) -> None:
    read = "cloudresourcemanager.projects.getIamPolicy"
    simulated.faults.add(WRITE, close="before", times=None)
    simulated.faults.add(read, status=403, message="gone", after=1, times=None)
    page = Page(send(alice))
    assert page.status == 504
    [address] = [link for link in page.links().values() if link.startswith("/requests/")]
    assert uuid.UUID(address.rpartition("/")[2]) == Request.objects.get().id
    assert "/activate" not in page.forms
    assert "Granting access" in Page(alice.get(address)).heading


def test_an_unknown_url_shows_a_page_with_a_link(alice: PersonClient) -> None:
    page = Page(alice.get("/nothing/here"))
    assert page.status == 404
    assert page.heading == "Not found"
    assert {"Activity", "My access"} <= page.links().keys()
    assert "Try again" not in page.links()


def test_a_person_without_an_assertion_gets_a_page_without_menus(
    client: object, simulated: Simulator
) -> None:
    page = Page(client.get("/"))  # type: ignore[attr-defined]
    assert page.status == 403
    assert page.all("nav") == []
    assert "/projects" not in page.forms
