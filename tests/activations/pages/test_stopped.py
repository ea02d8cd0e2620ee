"""Pages after an administrator has stopped a person."""

from __future__ import annotations

import pytest

from tests.activations.pages.approvals import pending_request_url, press
from tests.activations.pages.reading import Page
from tests.conftest import PersonClient

ALICE = "alice@example.com"
REASON = "Laptop stolen\ncall \u202e555"
SHOWN = "Laptop stolen call \ufffd555"
STOP = "/admin/stop-person/"


@pytest.fixture
def pending(alice: PersonClient, olga: PersonClient) -> str:
    """Return the URL of Alice's request that a stop withdrew."""
    address = pending_request_url(alice)
    assert olga.post(STOP, {"email": ALICE, "reason": REASON}).status_code == 200
    return address


def words(page: Page) -> str:
    return " ".join(page.text.split())


def test_the_reason_cannot_change_the_direction_of_surrounding_text(
    alice: PersonClient, olga: PersonClient, pending: str
) -> None:
    for page in (Page(alice.get(pending)), Page(olga.get(STOP, {"email": ALICE}))):
        assert SHOWN in words(page)
        assert "\u202e" not in page.text
    message = alice.api_get("/api/requests").json()["message"]
    assert f"Reason: {SHOWN}. Ask olga@example.com" in message


def test_reviewers_read_that_a_stop_withdrew_the_request_but_not_why(
    bob: PersonClient, pending: str
) -> None:
    page = Page(bob.get(pending))
    assert page.heading == f"The request of {ALICE} for shop-prod was withdrawn"
    assert f"An administrator stopped the access of {ALICE}." in words(page)
    assert "Laptop stolen" not in page.text


def test_a_stopped_person_reads_who_withdrew_the_request_and_why(
    alice: PersonClient, olga: PersonClient, pending: str
) -> None:
    olga.post(STOP, {"email": ALICE, "reason": "Found again", "action": "resume"})
    page = Page(alice.get(pending))
    assert page.heading == "Your request for shop-prod was withdrawn"
    assert SHOWN in words(page)
    assert "You withdrew" not in page.text


def test_reviewers_read_the_comment_of_a_requester_who_withdrew(
    alice: PersonClient, bob: PersonClient
) -> None:
    address = pending_request_url(alice)
    press(alice, address, "withdraw", "solved otherwise")
    page = Page(bob.get(address))
    assert page.heading == f"{ALICE} withdrew the request for shop-prod"
    assert "solved otherwise" in page.text
