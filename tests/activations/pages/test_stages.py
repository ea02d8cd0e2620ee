"""The pages of a request with stages say how far its approval is, and what an approval does."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from activations.models import Request
from simulator import Simulator
from tests.activations.admin.queue import QUEUE, record_of
from tests.activations.admin.queue import decide as decide_in_queue
from tests.activations.admin.reading import text
from tests.activations.pages.approvals import ask as ask_on_page
from tests.activations.pages.approvals import ask_page, press
from tests.activations.pages.reading import Page
from tests.conftest import PersonClient
from tests.journeys.policies import Activate, policy
from tests.journeys.shop import PROJECT
from tests.journeys.stages import (
    JIT_ROLE,
    LEADS,
    SECURITY,
    approve,
    requested,
    rule,
    staff,
)

__all__ = ["policy"]

Person = Callable[[str], PersonClient]
STAGES = (
    'stages: [{from: ["group:leads@example.com", peers], count: 2},'
    ' {from: ["group:security@example.com"], count: 1}]'
)
AT_FIRST = "0 of 2 approvals by leads@example.com or peers, then 1 by security@example.com"


@pytest.fixture(autouse=True)
def _strict(simulated: Simulator, policy: Activate) -> None:
    staff(simulated)
    policy(rule(STAGES, when='roles: ["roles/iam.*", "roles/compute.admin"]'))


def words(person: PersonClient, request_id: str) -> str:
    return " ".join(Page(person.get(f"/requests/{request_id}")).text.split())


def test_the_form_says_how_many_approve_and_nobody_has_to_be_chosen(alice: PersonClient) -> None:
    page = ask_page(alice)
    seen = " ".join(page.text.split())
    assert "Needed: 2 of leads@example.com or peers, then 1 of security@example.com." in seen
    assert "One approval is enough" not in seen
    assert all(email in seen for email in LEADS)
    assert SECURITY[0] not in seen
    fields = page.forms["/ask"].fields | {"justification": ["CASE-9"], "reviewer": []}
    answer = alice.post("/ask", fields)
    assert answer.status_code == 303
    assert Request.objects.get().stage == 1


def test_a_role_that_needs_approval_by_a_rule_has_the_same_form(alice: PersonClient) -> None:
    assert ask_on_page(alice, LEADS[0], role=JIT_ROLE).status_code == 303
    roles = Page(alice.get(f"/projects/{PROJECT}"))
    assert LEADS[0] in roles.text


def test_the_page_of_the_request_says_how_far_the_approval_is(
    alice: PersonClient, person: Person
) -> None:
    request_id = requested(alice)
    for viewer in (alice, person(LEADS[0])):
        seen = words(viewer, request_id)
        assert f"Approved so far: {AT_FIRST}." in seen
        assert "One approval is enough" not in seen
    assert "More approvals are needed before access is granted" in words(
        person(LEADS[0]), request_id
    )
    assert press(person(LEADS[0]), f"/requests/{request_id}", "approve").status_code == 303
    seen = words(person(LEADS[0]), request_id)
    assert "Approved so far: 1 of 2 approvals" in seen
    assert "Your decision" not in seen
    approve(person(LEADS[1]), request_id)
    assert "Your decision" in words(person(SECURITY[0]), request_id)
    assert "Approving grants alice@example.com the role" in words(person(SECURITY[0]), request_id)
    approve(person(SECURITY[0]), request_id)
    seen = words(alice, request_id)
    assert "Approved stage 1" in seen
    assert "Opened stage 2 of the approval" in seen
    assert "Approved so far" not in seen


def test_an_approval_that_became_void_is_marked(
    alice: PersonClient, person: Person, simulated: Simulator
) -> None:
    request_id = requested(alice)
    approve(person(LEADS[0]), request_id)
    simulated.company.leave("leads@example.com", LEADS[0])
    refused = press(person(LEADS[1]), f"/requests/{request_id}", "approve")
    assert refused.status_code == 409
    assert f"{LEADS[0]} may no longer approve this request" in refused.content.decode()
    seen = words(alice, request_id)
    assert f"The approval of {LEADS[0]} does not count any more" in seen
    assert "0 of 2 approvals" in seen


def test_the_queue_in_the_admin_says_that_an_approval_is_not_the_last(
    alice: PersonClient, person: Person
) -> None:
    request_id = requested(alice)
    lead = person(LEADS[0])
    shown = text(lead.get(record_of(request_id)))
    assert "Stage 1" in shown
    assert "0 of 2 approvals by leads@example.com or peers" in shown
    assert decide_in_queue(lead, request_id, "approve").status_code == 302
    assert "Approval recorded. Approved so far: 1 of 2 approvals" in text(lead.get(QUEUE))
    shown = text(lead.get(record_of(request_id)))
    assert "You approved this request. It waits for other people" in shown
