"""Pages for a role whose eligibility ends within the requested period."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from simulator import Simulator
from tests.activations.pages.approvals import BOB, pending_request_url, press
from tests.activations.pages.reading import Page
from tests.activations.pages.shop import PROJECT, roles_page
from tests.conftest import PersonClient
from tests.moments import now

ROLE = "roles/redis.admin"
MEMBERS = ["user:alice@example.com", "user:bob@example.com"]
BLANK_BEFORE_PUNCTUATION = re.compile(rb"</time>\s+[.,;]")


@pytest.fixture
def address(alice: PersonClient, simulated: Simulator) -> str:
    """Request a role for two hours whose eligibility ends in half an hour; return the URL."""
    end = f"{now() + timedelta(minutes=30):%Y-%m-%dT%H:%M:%SZ}"
    clause = f'has({{}}.multiPartyApprovalConstraint) && request.time < timestamp("{end}")'
    simulated.company.bind(PROJECT, ROLE, MEMBERS, clause)
    return pending_request_url(alice, BOB, role=_id(alice), minutes="120")


def _id(alice: PersonClient) -> str:
    page = roles_page(alice)
    ids = [item.attributes.get("value", "") for item in page.all("input")]
    return next(value for value in ids if f":{ROLE}:" in value)


def test_the_reviewer_reads_until_when_an_approval_grants(bob: PersonClient, address: str) -> None:
    text = " ".join(Page(bob.get(address)).text.split())
    assert "the role from now until" in text
    assert "when the eligibility ends" in text
    assert "for 2 h from now" not in text


def test_after_a_refusal_the_page_does_not_say_until_when_an_approval_grants(
    bob: PersonClient, address: str
) -> None:
    page = Page(press(bob, address, "decline"))
    assert "Approving grants" not in page.text


def test_there_is_no_space_before_punctuation(
    alice: PersonClient, bob: PersonClient, address: str
) -> None:
    pages = [bob.get(address), alice.get(f"/projects/{PROJECT}")]
    press(bob, address, "approve")
    pages.append(alice.get(address))
    for page in pages:
        assert b"</time>" in page.content
        assert not BLANK_BEFORE_PUNCTUATION.search(page.content)


def test_an_ended_eligibility_is_not_counted_as_an_unreadable_binding(
    alice: PersonClient, simulated: Simulator
) -> None:
    clause = 'has({}.jitAccessConstraint) && request.time < timestamp("2020-01-01T00:00:00Z")'
    simulated.company.bind(PROJECT, "roles/file.editor", MEMBERS, clause)
    text = roles_page(alice).text
    assert "1 note about eligible roles on this project" in text
    assert "its eligibility ended at 2020-01-01 00:00:00 UTC" in text
    assert "cannot be read" not in text
